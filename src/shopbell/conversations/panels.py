"""What the desk itself shows in the places that other packages may use too."""

from shopbell.accounts.permissions import may
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.models import ConsentAction, SuppressionReason
from shopbell.consent.queries import current_consents, opt_outs
from shopbell.conversations.actions.knowing import LINKED, PLATFORMS
from shopbell.conversations.mail.passing_on import OFFERED
from shopbell.conversations.messages.introducing import LASTS, telegram_link
from shopbell.conversations.models import Conversation, EntryKind
from shopbell.conversations.slots import (
    Page,
    SetupPage,
    add_line,
    add_module,
    add_setup_page,
    panel,
)
from shopbell.customers.models import IdentityKind
from shopbell.messaging.optins import PURPOSE, SOURCES, opt_in_media
from shopbell.messaging.ports import BY_NUMBER
from shopbell.messaging.titles import medium_name

add_setup_page(
    SetupPage(
        title="Saved replies",
        sentence="Texts that are often sent, with gaps that fill themselves.",
        url_name="inbox:saved",
        icon="templates",
        permission="conversations:manage",
        order=10,
    )
)


add_setup_page(
    SetupPage(
        title="Signatures",
        sentence="What stands below answers by mail, for each person, inbox and language.",
        url_name="inbox:signatures",
        icon="edit",
        permission="conversations:write",
        order=12,
    )
)


add_setup_page(
    SetupPage(
        title="Pictures in mails",
        sentence="Whose mails show pictures from elsewhere without asking.",
        url_name="inbox:pictures",
        icon="eye",
        permission="conversations:write",
        order=14,
        group="in",
    )
)


add_line(LINKED, "conversations/linked_line.html")


@panel("card", template="conversations/knowing.html", order=5)
def who_it_is(request: StaffRequest, page: Page) -> Page | None:
    """Ask who writes on a platform, as long as nobody knows."""
    identities = page["card"].identities
    if not identities or any(each.kind not in PLATFORMS for each in identities):
        return None
    return {"platform": identities[0].get_kind_display()}


@panel("card", template="conversations/continue_there.html", order=90)
def continue_there(request: StaffRequest, page: Page) -> Page | None:
    """Offer a link by which a customer whom we know goes on in Telegram."""
    card = page["card"]
    kinds = {each.kind for each in card.identities}
    if not kinds or kinds <= PLATFORMS or IdentityKind.TELEGRAM in kinds:
        return None
    link = telegram_link(request.store, card.customer)
    return {"link": link, "days": LASTS.days} if link else None


@panel("banner", template="conversations/forwarded.html", order=8)
def mails_passed_on(request: StaffRequest, page: Page) -> Page | None:
    """Offer to make a mail that a colleague has passed on its first writer's."""
    return _offers(page, from_staff=True)


@panel("menu", template="conversations/forwarded_menu.html", order=15)
def mails_passed_on_by_others(request: StaffRequest, page: Page) -> Page | None:
    """Offer the same, quietly, for what others have passed on."""
    return _offers(page, from_staff=False)


def _offers(page: Page, *, from_staff: bool) -> Page | None:
    entries = [line.entry for line in page["lines"] if line.kind == EntryKind.INCOMING]
    offers = [
        entry
        for entry in entries
        if (found := entry.data.get("forwarded"))
        and found["state"] == OFFERED
        and bool(found["by"]) == from_staff
    ]
    return {"offers": offers[:5]} if offers and page["may_write"] else None


@panel("card", template="conversations/earlier.html", order=80)
def other_conversations(_: StaffRequest, page: Page) -> Page | None:
    """Show what else this customer wrote."""
    return {"earlier": page["card"].earlier} if page["card"].earlier else None


@panel("card", template="conversations/linked.html", order=75)
def linked_conversations(_: StaffRequest, page: Page) -> Page | None:
    """Show which conversations this one is linked with."""
    numbers = page["case"].linked
    if not numbers:
        return None
    rows = Conversation.objects.select_related("customer").filter(number__in=numbers)
    return {"linked": list(rows.order_by("number"))}


@panel("card", template="conversations/opt_ins.html", order=60)
def opt_ins(request: StaffRequest, page: Page) -> Page | None:
    """Show whether the customer agreed to be told where that is demanded, and note it."""
    customer = page["card"].customer
    if customer is None or not customer.phone:
        return None
    media = opt_in_media()
    if not media:
        return None
    known = current_consents([customer.pk])
    found = []
    for medium in media:
        event = known.get((customer.pk, PURPOSE, str(medium)))
        agreed = event is not None and event.action == ConsentAction.GRANTED
        found.append(
            {
                "medium": str(medium),
                "name": medium_name(medium),
                "since": event.occurred_at if event is not None and agreed else None,
                "source": event.source if event is not None else "",
                "wording": event.wording if event is not None else "",
            }
        )
    may_note = may(request.staff, "conversations:write")
    return {"opt_ins": found, "sources": list(SOURCES.items()), "may_note": may_note}


@panel("banner", template="conversations/opt_out.html", order=6)
def wants_no_messages(request: StaffRequest, page: Page) -> Page | None:
    """Say that the customer opted out, or ask whether that is what they mean."""
    threads = [each for each in page["threads"] if each.medium in BY_NUMBER and each.address]
    for thread in threads:
        blocks = opt_outs(request.store, thread.address)
        if not blocks:
            continue
        plea = next((row for row in blocks if row.reason == SuppressionReason.ASKED), None)
        who = page["case"].customer or thread.address
        return {"plea": plea, "block": blocks[0], "number": thread.address, "who": who}
    return None


add_module("messaging/plain.js")
