"""Setting up: how a number answers, and at which number a member of staff is rung."""

from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.calls.models import AgentPhone, Line
from shopbell.calls.queries import line_of
from shopbell.calls.words import LANGUAGES, LONGEST, OWN_WORDS
from shopbell.connections.models import Connection
from shopbell.customers.normalise import phone_key
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line

LIMITS = {
    "ring_seconds": (5, 120),
    "call_back_minutes": (5, 7 * 24 * 60),
    "voicemail_seconds": (10, 600),
}


@transaction.atomic
def save_line(*, connection: Connection, **values: Any) -> Line:
    """Say how a number answers; what is not given stays as it is.

    Raises:
        Invalid: a number is out of range, or own words are too long or in a language we lack.
    """
    row = line_of(connection.pk)
    for name, value in values.items():
        least, most = LIMITS.get(name, (None, None))
        if least is not None and most is not None and not least <= value <= most:
            said = f"Between {least} and {most}."
            raise Invalid(f"{name}: {said}", fields={name: said})
        setattr(row, name, _own_words(value) if name == "texts" else value)
    row.saved_at = clock.now()
    row.save()
    return row


def _own_words(texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for language, phrases in texts.items():
        if language not in LANGUAGES:
            raise Invalid(
                f"Callers cannot be greeted in {language!r}.",
                fields={"texts": f"Use one of: {', '.join(LANGUAGES)}."},
            )
        for key, phrase in phrases.items():
            if key not in OWN_WORDS:
                raise Invalid(f"There is no text {key!r}.", fields={"texts": "unknown"})
            said = one_line(phrase, LONGEST + 1).strip()
            if len(said) > LONGEST:
                raise Invalid("This text is too long to listen to.", fields={key: "Shorten it."})
            if said:
                kept.setdefault(language, {})[key] = said
    return kept


@transaction.atomic
def save_phone(*, user: User, number: str, country: str = "", rings: bool = True) -> AgentPhone:
    """Note at which number somebody is rung.

    Raises:
        Invalid: it is no phone number.
    """
    key = phone_key(number, country)
    if not key:
        raise Invalid(
            "This is not a phone number.",
            fields={"number": "Write it with the country, such as +49 30 1234567."},
        )
    row, _ = AgentPhone.objects.update_or_create(
        user=user, defaults={"number": key, "rings": rings, "saved_at": clock.now()}
    )
    return row


@transaction.atomic
def drop_phone(*, user: User) -> None:
    """Forget somebody's number: they are not rung any more."""
    AgentPhone.objects.filter(user=user).delete()
