"""What one affected person would read, with their own order's data, in one language.

Call it outside a store's scope: rendering happens in a child and must not hold a transaction open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from shopbell.accounts.models import Store
from shopbell.announcements.approved import chosen_for
from shopbell.announcements.models import Recipient, Telling
from shopbell.announcements.outlook import recipients_to_be
from shopbell.announcements.sending import draft_for
from shopbell.announcements.words import Words
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.text import locale_chain
from shopbell.messaging.actions import unsent
from shopbell.messaging.approved import approved_for, gaps_source
from shopbell.messaging.approved_previews import GapsPreview, read_as
from shopbell.messaging.context import Place, contexts
from shopbell.messaging.gate import customer_zone
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.ports import Medium, Rendered
from shopbell.messaging.previews import compiled_draft
from shopbell.messaging.rendering.jobs import RenderFailure, RenderJob
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.segments import Segments, segments
from shopbell.messaging.templates import POOL

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Example:
    """What came of it. `problem` says why nothing can be shown."""

    to: str = ""
    order: str = ""
    locale: str = ""
    rendered: Rendered | None = None
    missing: tuple[str, ...] = ()
    size: Segments | None = None
    problem: str = ""
    instead: GapsPreview | None = None  # by the approved template, once 24 hours are over


def example(store: Store, telling: Telling, medium: str, locale: str = "") -> Example:
    """Render the message for somebody who speaks `locale` (or for the first person)."""
    with store_scope(store.pk):
        row = _somebody(store, telling, locale)
        if row is None:
            return Example(problem="Nobody is affected, so there is nobody to show it for.")
        message = unsent(draft_for(telling, row))
        spoken, words = words_for(telling.texts, message.locale, store.locale)
        source = words.source(medium, spoken)
        [context] = contexts(store, [message], [_place(message, store, spoken, medium)])
        chosen = _template(store, telling, message) if medium == Medium.WHATSAPP else None
    shown = _rendered(store, message, source, context, row)
    if chosen is None:
        return shown
    gaps = gaps_source(chosen[0], Medium.WHATSAPP, spoken)
    made = _rendered(store, message, gaps, context, row)
    if made.rendered is None:
        return replace(shown, instead=GapsPreview(problem=made.problem))
    return replace(shown, instead=read_as(*chosen, made.rendered))


def _template(
    store: Store, telling: Telling, message: Message
) -> tuple[ApprovedText, ApprovedTemplate] | None:
    """Return the telling's template as this person would get it."""
    text = chosen_for(telling)
    if text is None:
        return None
    found = approved_for([text.connection_id], [text.kind]).get((text.connection_id, text.kind))
    template = (
        found.in_language(list(locale_chain(message.locale, store.locale))) if found else None
    )
    return (text, template) if template else None


def check_liquid(texts: Mapping[str, Words], media: Sequence[str]) -> None:
    """Let words pass whose Liquid can be read, for each channel that words are made for.

    Raises:
        Invalid: with the line, by `<language>-text`.
    """
    for locale, said in texts.items():
        for medium in media:
            try:
                compiled_draft(said.source(medium, locale))
            except Invalid as error:
                why = next(iter(error.fields.values()), error.message)
                part = "mail" if medium == Medium.EMAIL and said.mail else "text"
                raise Invalid(
                    "The message cannot be read.", fields={f"{locale}-{part}": why}
                ) from error


def words_for(texts: dict[str, dict[str, str]], *locales: str) -> tuple[str, Words]:
    """Return the language and the words somebody gets, along the same chain as when sending."""
    for locale in locale_chain(*locales):
        if locale in texts:
            return locale, Words.of(texts[locale])
    return locales[-1], Words()


def _somebody(store: Store, telling: Telling, locale: str) -> Recipient | None:
    first = None
    for row in islice(recipients_to_be(store, telling), _LOOKED_AT):
        if not locale:
            return row
        first = first or row
        spoken = draft_for(telling, row).locale
        if spoken.replace("_", "-").split("-")[0] == locale.split("-")[0]:
            return row
    return first


def _place(message: Message, store: Store, locale: str, medium: str) -> Place:
    return Place(locale, customer_zone(message, store), medium)


def _rendered(
    store: Store, message: Message, source: Source, context: dict[str, object], row: Recipient
) -> Example:
    about = Example(to=str(row.customer), order=str(row.order), locale=source.locale)
    try:
        compiled = compiled_draft(source)
    except Invalid as error:
        return replace(about, problem="; ".join(error.fields.values()) or error.message)
    result = POOL.render(
        RenderJob(
            compiled=compiled,
            context=context,
            locale=source.locale,
            currency=message.order.currency if message.order else store.currency,
            time_zone=customer_zone(message, store),
        )
    )
    if isinstance(result, RenderFailure):
        return replace(about, problem=result.sentence)
    size = segments(result.text) if source.medium == Medium.SMS else None
    return replace(about, rendered=result, missing=result.missing, size=size)
