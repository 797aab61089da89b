"""Addresses in the one form in which they are compared: lower-case e-mail, E.164 phone."""

import re

_EMAIL = re.compile(r"^[^\s@<>,;\"\x00-\x1f]{1,64}@[^\s@<>,;\"\x00-\x1f]{1,255}$")


def email_key(value: str | None) -> str:
    """Return the comparable form of an e-mail address, or "" if it is none."""
    cleaned = (value or "").strip().lower()
    return (
        cleaned
        if (_EMAIL.match(cleaned) and "." in cleaned.rsplit("@", 1)[1]) or _is_local(cleaned)
        else ""
    )


def _is_local(value: str) -> bool:
    return bool(_EMAIL.match(value)) and value.endswith("@localhost")


def phone_key(value: str | None, country: str = "") -> str:
    """Return the number in E.164, or "" if it cannot be a phone number.

    `country` (ISO 3166-1 alpha-2) is needed for numbers written without `+`.
    """
    raw = (value or "").strip()
    if not any(character.isdigit() for character in raw):
        return ""
    import phonenumbers

    try:
        number = phonenumbers.parse(raw, country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def zone_of_phone(value: str) -> str:
    """Return the IANA zone of an E.164 number if it has exactly one, else ""."""
    if not value.startswith("+"):
        return ""
    import phonenumbers
    from phonenumbers import timezone

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return ""
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else ""
