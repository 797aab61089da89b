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


def is_mobile(number: str, country: str = "") -> bool:
    """Return whether an E.164 number may be a mobile phone's, of `country` if one is given."""
    import phonenumbers
    from phonenumbers import PhoneNumberType

    parsed = phonenumbers.parse(number, None)
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    is_there = country in ("", phonenumbers.region_code_for_number(parsed))
    return is_there and phonenumbers.number_type(parsed) in kinds


def zone_of_phone(value: str) -> str:
    """Return the IANA zone of an E.164 number if it has exactly one, else ""."""
    zones = zones_of_phone(value)
    return zones[0] if len(zones) == 1 else ""


def zones_of_phone(value: str) -> tuple[str, ...]:
    """Return the IANA zones in which an E.164 number may ring."""
    if not value.startswith("+"):
        return ()
    import phonenumbers
    from phonenumbers import timezone

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(zone for zone in zones if zone != "Etc/Unknown")


def country_of_phone(value: str) -> str:
    """Return the ISO 3166 country of an E.164 number, else ""."""
    if not value.startswith("+"):
        return ""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(value)) or ""
    except phonenumbers.NumberParseException:
        return ""
