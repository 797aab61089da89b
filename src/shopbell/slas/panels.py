"""What hours and promises show in the agent's page and in the inbox's set-up."""

from shopbell.conversations.slots import SetupPage, add_setup_page

add_setup_page(
    SetupPage(
        title="Hours",
        sentence="When people work here, with public holidays and days off.",
        url_name="slas:calendars",
        icon="clock",
        order=20,
    )
)
