"""Phone numbers as gateways write them, in the one form in which we keep them."""

import re


def number_of(said: str) -> str:
    """Return a number as +4915123456789, a short code or a name as it is."""
    plain = re.sub(r"[\s()./-]", "", said)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    if re.fullmatch(r"[1-9]\d{6,14}", plain):
        plain = f"+{plain}"
    return plain if re.fullmatch(r"\+[1-9]\d{6,14}", plain) else said[:40]
