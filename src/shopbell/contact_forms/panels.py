"""Lists the forms under "Set up the inbox"."""

from shopbell.conversations.slots import SetupPage, add_setup_page

add_setup_page(
    SetupPage(
        title="Contact forms",
        sentence="What customers are asked, by topic; hosted here or in your shop's page.",
        url_name="contact_forms:index",
        icon="edit",
        permission="desk:write",
        order=30,
        group="in",
    )
)
