"""What the desk itself shows in the places that other packages may use too."""

from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.models import Conversation
from shopbell.conversations.slots import Page, SetupPage, add_setup_page, panel

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
