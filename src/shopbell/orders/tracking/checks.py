"""Check digits of tracking numbers. Each function says whether the last character fits the rest.

A right check digit is evidence, not proof: one random number in ten passes a modulo 10.
"""

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def gs1(digits: str) -> bool:
    """GS1 modulo 10: weights 3 and 1 from the right (SSCC, DHL Paket, Hermes, USPS IMpb)."""
    if not digits.isdecimal() or len(digits) < 2:
        return False
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def s10(number: str) -> bool:
    """UPU S10 (`RR123456785DE`): weighted modulo 11 over the eight digits in the middle."""
    if len(number) != 13 or not number[2:11].isdecimal():
        return False
    total = sum(int(d) * w for d, w in zip(number[2:10], _S10_WEIGHTS, strict=True))
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return check == int(number[10])


def identcode(digits: str) -> bool:
    """Deutsche Post Identcode (DHL, 12 digits): modulo 10, weights 4 and 9 from the left."""
    if len(digits) != 12 or not digits.isdecimal():
        return False
    total = sum(int(d) * (4 if i % 2 == 0 else 9) for i, d in enumerate(digits[:-1]))
    return (10 - total % 10) % 10 == int(digits[-1])


def mod_37_36(text: str) -> bool:
    """ISO 7064 mod 37,36, as the fifteenth character of a DPD parcel number."""
    if len(text) < 2 or any(character not in _ALPHABET for character in text):
        return False
    carry = 36
    for character in text[:-1]:
        carry = (carry + _ALPHABET.index(character)) % 36 or 36
        carry = carry * 2 % 37
    return (carry + _ALPHABET.index(text[-1])) % 36 == 1


def mod_7(digits: str) -> bool:
    """DHL Express waybill: the last digit is the rest of the others divided by seven."""
    return digits.isdecimal() and len(digits) > 1 and int(digits[:-1]) % 7 == int(digits[-1])


def ups_1z(number: str) -> bool:
    """UPS `1Z`: letters count as (code - 63) modulo 10, odd places once, even places twice."""
    if len(number) != 18 or not number.startswith("1Z") or not number[-1].isdecimal():
        return False
    values = [int(c) if c.isdecimal() else (ord(c) - 63) % 10 for c in number[2:-1]]
    total = sum(v * (2 if i % 2 else 1) for i, v in enumerate(values))
    return (10 - total % 10) % 10 == int(number[-1])


def fedex_12(digits: str) -> bool:
    """FedEx Express: weights 3, 1, 7 repeating from the left, modulo 11, ten counts as zero."""
    if len(digits) != 12 or not digits.isdecimal():
        return False
    total = sum(int(d) * (3, 1, 7)[i % 3] for i, d in enumerate(digits[:-1]))
    return total % 11 % 10 == int(digits[-1])
