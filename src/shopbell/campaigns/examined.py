"""What somebody would get of a campaign, and what pre-flight says about it.

Call it outside a store's scope: rendering happens in a child and must not hold a transaction open.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.codes import stock_of
from shopbell.campaigns.content.blocks import Product as ProductBlock
from shopbell.campaigns.content.blocks import walked
from shopbell.campaigns.content.words import Content, check_content
from shopbell.campaigns.domains import sender_now, told_about
from shopbell.campaigns.last_orders import last_orders, made_up_order
from shopbell.campaigns.leaving import draft_for
from shopbell.campaigns.models import Campaign, Recipient
from shopbell.campaigns.preflight.findings import (
    Case,
    Facts,
    Finding,
    Level,
    Seen,
    sorted_findings,
    stops,
    warns,
)
from shopbell.campaigns.preflight.looks import look_over
from shopbell.campaigns.queries import campaign_by_id
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.actions import unsent
from shopbell.messaging.context import Place, contexts
from shopbell.messaging.gate import customer_zone
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.previews import compiled_draft
from shopbell.messaging.rendering.jobs import RenderFailure, RenderJob
from shopbell.messaging.templates import POOL
from shopbell.orders.models import Product

SAMPLE_CODE = "YOUR-CODE"


@dataclass(frozen=True, slots=True)
class Shown:
    """One variant in one language as one person would get it."""

    to: str
    content: Content
    seen: tuple[Seen, ...]
    made_up: bool = True  # nobody has the address that was asked for, or none was

    def by(self, medium: str) -> Seen | None:
        """Return what comes by one channel."""
        return next((each for each in self.seen if each.medium == medium), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that is read from the database for one look."""

    row: Campaign
    content: Content
    message: Message
    contexts: dict[str, dict[str, object]]
    zone: str


def content_of(row: Campaign, variant: str, locale: str) -> Content:
    """Return what a variant says in a language; nothing yet is a content too."""
    found = row.variants.filter(name=variant).first()
    return Content.of((found.texts if found else {}).get(locale, {}))


def shown_to(
    store: Store,
    key: uuid.UUID,
    variant: str,
    locale: str,
    email: str = "",
    *,
    nameless: bool = False,
) -> Shown:
    """Render it for the customer with an address, or for somebody made up."""
    with store_scope(store.pk):
        asked = _ask(store, campaign_by_id(key), variant, locale, email, nameless)
    seen = tuple(_seen(store, asked, str(medium), locale) for medium in asked.row.media)
    who = asked.message.customer
    made_up = who is None or who.email.lower() != email.strip().lower()
    return Shown(str(who or ""), asked.content, seen, made_up)


def _ask(
    store: Store, row: Campaign, variant: str, locale: str, email: str, nameless: bool
) -> _Asked:
    rows = Customer.objects.filter(email__iexact=email.strip(), erased_at=None)
    known = rows.first() if email else None
    customer = known or _somebody(store, locale)
    if nameless:
        customer.first_name = customer.last_name = ""
    one = Recipient(campaign_id=row.pk, customer_id=customer.pk, variant=variant)
    content = content_of(row, variant, locale)
    code = SAMPLE_CODE if content.uses_codes() else ""
    shows = content.shows_orders()
    order = last_orders([customer.pk]).get(customer.pk) if shows else None
    message = unsent(draft_for(row, one, customer, code, order))
    zone = customer_zone(message, store)
    made = {
        str(medium): contexts(store, [message], [Place(locale, zone, str(medium))])[0]
        for medium in row.media
    }
    if shows and not known:  # whom nobody made up is shown as they are
        for each in made.values():
            each["order"] = made_up_order(store)
            each["links"]["track"] = store.url or each["links"]["preferences"]
    return _Asked(row, content, message, made, zone)


def _somebody(store: Store, locale: str) -> Customer:
    return Customer(
        store=store, first_name="Ada", last_name="Berg", email="ada@mail.example", locale=locale
    )


def _seen(store: Store, asked: _Asked, medium: str, locale: str) -> Seen:
    try:
        compiled = compiled_draft(asked.content.source(medium, locale))
    except Invalid as error:
        said = tuple(error.fields.values()) or (error.message,)
        return Seen(medium, problems=said)
    context = asked.contexts[medium]
    made = POOL.render(
        RenderJob(
            compiled=compiled,
            context=context,
            locale=locale,
            currency=store.currency,
            time_zone=asked.zone,
        )
    )
    if isinstance(made, RenderFailure):
        return Seen(medium, problems=(made.sentence,))
    links = context.get("links")
    way_out = str(links.get("unsubscribe", "")) if isinstance(links, dict) else ""
    return Seen(medium, made.subject, made.html, made.text, made.missing, unsubscribe=way_out)


def findings_of(store: Store, key: uuid.UUID, variant: str, locale: str) -> list[Finding]:
    """Return what pre-flight says about one variant in one language, worst first."""
    shown = shown_to(store, key, variant, locale)
    with store_scope(store.pk):
        row = campaign_by_id(key)
        facts = _facts(store, row, shown.content)
    missing = list(_missing(shown.content, [str(each) for each in row.media], locale))
    seen = shown.seen
    if missing:  # said once, by its place
        seen = tuple(each for each in seen if not each.problems)
    missing += _unknown_of_some(store, key, variant, locale, shown)
    return sorted_findings([*missing, *look_over(Case(shown.content, locale, seen, facts))])


def _unknown_of_some(
    store: Store, key: uuid.UUID, variant: str, locale: str, shown: Shown
) -> list[Finding]:
    """Say what is printed that is not known of everybody: whoever lacks it gets nothing."""
    without = shown_to(store, key, variant, locale, nameless=True)
    known = {name for each in shown.seen for name in each.missing}
    names = dict.fromkeys(name for each in without.seen for name in each.missing)
    return [
        warns(
            f"“{name}” is not known of everybody, and whoever lacks it gets nothing.",
            f"Say what to print instead: {{{{ {name} | default: '…' }}}}",
        )
        for name in names
        if name not in known
    ]


def _missing(content: Content, media: list[str], locale: str) -> list[Finding]:
    try:
        check_content({locale: content}, media, locale)
    except Invalid as error:
        return [
            stops(says, where=place.removeprefix(f"{locale}-"))
            for place, says in error.fields.items()
        ]
    return []


def _facts(store: Store, row: Campaign, content: Content) -> Facts:
    sender, sandbox = sender_now()
    stock = stock_of(row)
    size = size_of(row)
    return Facts(
        leaves_at=(row.begins_at or clock.now()).astimezone(zone_or_utc(store.timezone)),
        postal_address=store.postal_address,
        stock=_stock(content),
        codes=stock.free if stock.all else None,
        people=size.allowed if size else 0,
        sender=sender.domain if sender else "",
        sandbox=sandbox,
        domain=told_about(sender) if sender else None,
    )


def _stock(content: Content) -> dict[str, int | None]:
    wanted = {
        block.product
        for _, block in walked(content.blocks)
        if isinstance(block, ProductBlock) and block.product
    }
    ids = [key for key in map(_uuid, wanted) if key]
    return {
        str(row.pk): pieces_of(row.variants) if row.active else 0
        for row in Product.objects.filter(pk__in=ids)
    }


def pieces_of(variants: Sequence[dict[str, object]]) -> int | None:
    """Return how many pieces a product has in all, None where the shop does not tell."""
    known = [each.get("stock") for each in variants]
    told = [stock for stock in known if isinstance(stock, int)]
    return sum(told) if told and len(told) == len(known) else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def all_findings(store: Store, key: uuid.UUID) -> list[tuple[str, str, Finding]]:
    """Return what pre-flight says about all of it, each with its variant and language."""
    with store_scope(store.pk):
        row = campaign_by_id(key)
        texts = [
            (each.name, locale)
            for each in row.variants.order_by("name")
            for locale in each.texts or {store.locale: {}}
        ]
    return [
        (variant, locale, each)
        for variant, locale in texts
        for each in findings_of(store, key, variant, locale)
    ]


def what_stops(store: Store, key: uuid.UUID) -> list[str]:
    """Return why a campaign cannot leave, over all it says; [] when nothing stops it."""
    found = [
        f"{each.says} {each.do}".strip()
        for _, _, each in all_findings(store, key)
        if each.level is Level.STOPS
    ]
    return list(dict.fromkeys(found))
