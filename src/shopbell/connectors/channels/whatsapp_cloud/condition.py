"""How a number is: what Meta says of its quality and limits, and whether it sends us webhooks.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits
"""

from shopbell.connections.ports import Health
from shopbell.connectors.channels.whatsapp_cloud.graph import Graph
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.reading import Doc
from shopbell.kit.errors import ConnectorError, Permanent

FIELDS = (
    "display_phone_number,verified_name,quality_rating,throughput,status,name_status,"
    "whatsapp_business_manager_messaging_limit"
)
_QUALITIES = {"green": "good", "yellow": "medium", "red": "low", "unknown": "not rated yet"}
_LIMITS = {
    "tier_50": "50", "tier_250": "250", "tier_1k": "1,000", "tier_2k": "2,000",
    "tier_10k": "10,000", "tier_100k": "100,000",
}  # fmt: skip
_SPEEDS = {
    "standard": "80 messages a second",
    "high": "1,000 messages a second",
    "not_applicable": "not usable yet",
}
_KEY = "Check the access token and the two ids. The guide below says where they are."


def check_account(settings: WhatsAppSettings) -> Health:
    """Ask for the number, and whether an app listens to the account."""
    graph = Graph(settings)
    try:
        number = graph.call("GET", settings.phone_number_id, params={"fields": FIELDS})
        apps = graph.call("GET", f"{settings.business_account_id}/subscribed_apps")
    except Permanent as error:
        return Health(ok=False, summary=error.message, hint=_KEY)
    except ConnectorError as error:
        return Health(ok=False, summary=error.message, hint="Try again in a few minutes.")
    summary = f"{number.text('verified_name')} {number.text('display_phone_number')}".strip()
    return Health(
        ok=True,
        summary=f"WhatsApp answers for {summary or settings.phone_number_id}.",
        hint=_hint(number, apps),
        facts=_facts(number),
    )


def _facts(number: Doc) -> tuple[tuple[str, str], ...]:
    tier = number.lower("whatsapp_business_manager_messaging_limit")
    quality, speed = number.lower("quality_rating"), number.doc("throughput").lower("level")
    limit = f"{_LIMITS[tier]} people in 24 hours" if tier in _LIMITS else ""
    told = (
        ("Number", number.text("display_phone_number")),
        ("Name customers see", number.text("verified_name")),
        ("Quality", _QUALITIES.get(quality, quality)),
        ("Messaging limit", "none" if tier == "tier_unlimited" else limit or tier),
        ("Speed", _SPEEDS.get(speed, speed)),
    )
    return tuple((label, value) for label, value in told if value)


def _hint(number: Doc, apps: Doc) -> str:
    if not apps.values("data"):
        return (
            "No app listens to this WhatsApp Business account, so messages of customers do not"
            " arrive. Subscribe your app to it, as the guide says."
        )
    if number.lower("quality_rating") == "red":
        return (
            "Many customers blocked or reported this number. Send less and only what they asked"
            " for, or Meta lowers the limit."
        )
    return ""
