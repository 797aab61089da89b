"""The shape of an apply file. These keys are a public contract: docs/reference/apply.md lists them.

A key that is absent means "leave it as it is", so optional fields have no value of their own;
`model_fields_set` tells what the file said. A newcomer's mistake: giving a field a default that is
then written over what somebody set on the pages.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
KIND = r"^[a-z][a-z0-9_.]*$"
AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

Slug = Annotated[str, Field(pattern=SLUG, max_length=60)]
Line = Annotated[str, Field(max_length=200)]
RoleName = Literal["owner", "admin", "supervisor", "agent", "light"]
MediumName = Literal["email", "sms", "whatsapp"]


class Keys(BaseModel):
    """A table of the file: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class OrganisationKeys(Keys):
    """`[organisation]`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class StaffKeys(Keys):
    """`[[store.staff]]`, known by its e-mail address."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Line = ""
    role: RoleName
    password: Annotated[str, Field(min_length=10, max_length=200)] | None = None


class InboxKeys(Keys):
    """`[[store.inbox]]`: an account of a channel."""

    slug: Slug
    channel: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(max_length=320)] = ""
    name: Annotated[str, Field(max_length=120)] = ""
    settings: dict[str, Any] = {}


class ShopKeys(Keys):
    """`[[store.shop]]`: a connected shop."""

    slug: Slug
    connector: Annotated[str, Field(min_length=1)]
    name: Annotated[str, Field(max_length=120)] = ""
    settings: dict[str, Any] = {}


class CarrierKeys(ShopKeys):
    """`[[store.carrier]]`: a connected carrier or tracking service."""

    @field_validator("connector")
    @classmethod
    def _full_name(cls, connector: str) -> str:
        """Among carriers, `generic` can only mean one."""
        return "generic_carrier" if connector == "generic" else connector


class ReceiverKeys(ShopKeys):
    """`[[store.receiver]]`: a program of one's own that is told of things."""

    @field_validator("connector")
    @classmethod
    def _full_name(cls, connector: str) -> str:
        """Among receivers, `generic` can only mean one."""
        return "generic_receiver" if connector == "generic" else connector


class ApiKeyKeys(Keys):
    """`[[store.api_key]]`, known by its name."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    key: Annotated[str, Field(min_length=32, max_length=200)] | None = None
    scopes: Annotated[list[str], Field(min_length=1)]


Minutes = Annotated[int, Field(ge=1, le=3 * 24 * 60)]


class StageKeys(Keys):
    """A table of `[store.notification.stages]`: the channels of one stage of customers."""

    channels: Annotated[list[Literal["email", "sms", "whatsapp", "used"]], Field(min_length=1)]
    waits: dict[Literal["email", "sms", "whatsapp", "used"], Minutes] = {}


class NotificationKeys(Keys):
    """`[[store.notification]]`: what is told to customers, and how."""

    kind: Annotated[str, Field(pattern=KIND, max_length=60)]
    enabled: bool | None = None
    delay_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 30)] | None = None
    channels: list[MediumName] | None = None
    waits: dict[MediumName, Minutes] | None = None
    stages: dict[Literal["new", "returning", "complaining"], StageKeys] | None = None
    quiet_hours: bool | None = None
    when: dict[str, Any] | None = None


class TemplateKeys(Keys):
    """`[[store.template]]`: the merchant's own words for one kind, channel and language."""

    kind: Annotated[str, Field(pattern=KIND, max_length=60)]
    channel: MediumName = "email"
    locale: Annotated[str, Field(min_length=2, max_length=20)]
    subject: str = ""
    preheader: str = ""
    body: str = ""
    body_file: str | None = None
    text: str = ""
    text_file: str | None = None


class ContactFormKeys(Keys):
    """`[[store.contact_form]]`: what customers are asked; texts are tables by language."""

    slug: Slug
    languages: Annotated[list[str], Field(min_length=1)] = ["en"]
    is_open: bool = True
    title: dict[str, str]
    intro: dict[str, str] = {}
    thanks: dict[str, str] = {}
    receipt: dict[str, str] = {}
    ask_name: bool = True
    files: bool = True
    answer_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    topics: list[dict[str, Any]]


class TopicKeys(Keys):
    """`[[store.topic]]`: something the store writes about; `names` by language."""

    key: Annotated[str, Field(max_length=40)]
    names: Annotated[dict[str, str], Field(min_length=1)]


class SignupFormKeys(Keys):
    """`[[store.signup_form]]`: how people sign up for news; texts are tables by language."""

    slug: Annotated[str, Field(max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    channel: Literal["email", "whatsapp", "sms"] = "email"
    languages: Annotated[list[str], Field(min_length=1)] = ["en"]
    topics: list[str] = []
    is_open: bool = True
    asks_by_mail: bool = True
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    title: dict[str, str]
    wording: dict[str, str]
    intro: dict[str, str] = {}
    button: dict[str, str] = {}
    thanks: dict[str, str] = {}


class SegmentKeys(Keys):
    """`[[store.segment]]`: a group of customers; `conditions` is the tree of the segments room."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    note: Annotated[str, Field(max_length=300)] = ""
    conditions: dict[str, Any]


class JourneyKeys(Keys):
    """`[[store.journey]]`: one that came with Shopbell, or one of your own by its definition."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    title: Annotated[str, Field(max_length=120)] | None = None
    state: Literal["on", "paused", "off"] | None = None
    replaces: Annotated[int, Field(ge=1)] | None = None
    definition: dict[str, Any] | None = None


class DeskKeys(Keys):
    """`[store.policies.desk]`: how answers leave and what happens to resolved conversations."""

    follow_up: Literal["reopen", "new"] | None = None
    follow_up_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    undo_seconds: Annotated[int, Field(ge=0, le=120)] | None = None
    chat_to_mail_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    only_owner_answers: bool | None = None
    forwards_vouched_by: Annotated[str, Field(max_length=255)] | None = None
    acknowledgement: Annotated[str, Field(max_length=5000)] | None = None


class RemedyLimitKeys(Keys):
    """One of `[[store.policies.remedies.limits]]`; an absent amount is no limit."""

    role: Literal["agent", "supervisor"]
    action: Literal["refund", "cancel", "reship", "coupon"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    each: Annotated[str, Field(pattern=AMOUNT)] | None = None
    day: Annotated[str, Field(pattern=AMOUNT)] | None = None


class RemedyReasonKeys(Keys):
    """One of `[[store.policies.remedies.reasons]]`."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=40)]
    title: Annotated[str, Field(min_length=1, max_length=120)]


class RemedyTextKeys(Keys):
    """`[store.policies.remedies.texts]`: what customers are told; an empty text tells nothing."""

    refund: Annotated[str, Field(max_length=5000)] | None = None
    cancel: Annotated[str, Field(max_length=5000)] | None = None
    reship: Annotated[str, Field(max_length=5000)] | None = None
    coupon: Annotated[str, Field(max_length=5000)] | None = None
    return_: Annotated[str, Field(max_length=5000)] | None = Field(default=None, alias="return")


class RemedyKeys(Keys):
    """`[store.policies.remedies]`: what staff may ask of the shop."""

    limits: list[RemedyLimitKeys] | None = None
    reasons: Annotated[list[RemedyReasonKeys], Field(min_length=1)] | None = None
    texts: RemedyTextKeys | None = None


class BudgetKeys(Keys):
    """One of `[[store.policies.budgets]]`: how often one person is written to unasked."""

    purpose: Literal["marketing", "survey"]
    channel: Literal["any", "email", "sms", "whatsapp"]
    count: Annotated[int, Field(ge=1, le=100)]
    hours: Annotated[int, Field(ge=1, le=24 * 31)]


type Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class SoftOptInKeys(Keys):
    """`[store.policies.soft_opt_in]`: offers to existing customers without a permission."""

    countries: Annotated[list[Country], Field(min_length=1)]
    topics: Annotated[list[str], Field(min_length=1)]
    notice_since: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
    months: Annotated[int, Field(ge=1, le=60)] = 24


class PolicyKeys(Keys):
    """`[store.policies]`: how considerate and how patient sending is."""

    quiet_from: Annotated[str, Field(pattern=CLOCK)] | None = None
    quiet_until: Annotated[str, Field(pattern=CLOCK)] | None = None
    quiet_days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=6)] | None = (
        None
    )
    quiet_holidays: bool | None = None
    budgets: Annotated[list[BudgetKeys], Field(max_length=20)] | None = None
    track_opens: bool | None = None
    track_clicks: bool | None = None
    soft_bounce_limit: Annotated[int, Field(ge=1, le=100)] | None = None
    announcement_limit: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    campaign_limit: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    api_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    in_doubt_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    in_doubt_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    single_opt_in: list[Country] | None = None
    soft_opt_in: SoftOptInKeys | None = None
    desk: DeskKeys | None = None
    remedies: RemedyKeys | None = None


class DayOffKeys(Keys):
    """A day off of a calendar."""

    day: date
    name: Annotated[str, Field(max_length=100)] = "Day off"


class CalendarKeys(Keys):
    """`[[store.calendar]]`, known by its name: when people work."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    timezone: str | None = None
    hours: Annotated[str, Field(min_length=1, max_length=1000)]
    country: Annotated[str, Field(max_length=2)] = ""
    region: Annotated[str, Field(max_length=10)] = ""
    days_off: list[DayOffKeys] = []
    feed: Annotated[str, Field(max_length=2000)] = ""
    default: bool = False


class TeamKeys(Keys):
    """`[[store.team]]`, known by its name. `inboxes` are slugs of inboxes that give to it."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    members: list[Annotated[str, Field(max_length=254)]] = []
    hands_out: Literal["off", "round_robin", "least_loaded"] = "off"
    grace_minutes: Annotated[int, Field(ge=1, le=10_080)] = 15
    calendar: Annotated[str, Field(max_length=100)] = ""
    inboxes: list[Slug] = []


class PhoneLineKeys(Keys):
    """`[[store.phone_line]]`, known by its inbox: how a number answers."""

    inbox: Slug
    calendar: Annotated[str, Field(max_length=100)] | None = None
    team: Annotated[str, Field(max_length=100)] | None = None
    rings: bool = True
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 25
    offers_call_back: bool = True
    call_back_minutes: Annotated[int, Field(ge=5, le=10_080)] = 120
    texts_promise: bool = True
    offers_voicemail: bool = True
    voicemail_seconds: Annotated[int, Field(ge=10, le=600)] = 120
    texts: dict[str, dict[str, str]] = {}


class AgentPhoneKeys(Keys):
    """`[[store.agent_phone]]`, known by its member: where somebody is rung."""

    member: Annotated[str, Field(max_length=254)]
    number: Annotated[str, Field(min_length=1, max_length=40)]
    rings: bool = True


class SlaKeys(Keys):
    """`[[store.sla]]`, known by its name; asked in the order of the file."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    first: Annotated[str, Field(max_length=30)] = ""
    next: Annotated[str, Field(max_length=30)] = ""
    resolution: Annotated[str, Field(max_length=30)] = ""
    calendar: Annotated[str, Field(max_length=100)] = ""
    channels: list[Annotated[str, Field(max_length=20)]] = []
    priorities: list[Literal["low", "normal", "high", "urgent"]] = []
    teams: list[Annotated[str, Field(max_length=100)]] = []
    tags: list[Annotated[str, Field(max_length=60)]] = []


class StoreKeys(Keys):
    """`[[store]]`, known by its slug."""

    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    locale: Annotated[str, Field(min_length=2, max_length=20)] | None = None
    timezone: str | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    domain: Annotated[str, Field(max_length=255)] | None = None
    url: Line | None = None
    logo_url: Line | None = None
    brand_colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    postal_address: Annotated[str, Field(max_length=300)] | None = None
    help_url: Line | None = None
    help_email: Annotated[str, Field(max_length=254)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    hours: Line | None = None
    policies: PolicyKeys | None = None
    staff: list[StaffKeys] = []
    inbox: list[InboxKeys] = []
    shop: list[ShopKeys] = []
    carrier: list[CarrierKeys] = []
    receiver: list[ReceiverKeys] = []
    api_key: list[ApiKeyKeys] = []
    notification: list[NotificationKeys] = []
    template: list[TemplateKeys] = []
    calendar: list[CalendarKeys] = []
    team: list[TeamKeys] = []
    sla: list[SlaKeys] = []
    phone_line: list[PhoneLineKeys] = []
    agent_phone: list[AgentPhoneKeys] = []
    contact_form: list[ContactFormKeys] = []
    topic: list[TopicKeys] = []
    signup_form: list[SignupFormKeys] = []
    segment: list[SegmentKeys] = []
    journey: list[JourneyKeys] = []


STORE_FIELDS = tuple(
    name
    for name in StoreKeys.model_fields
    if name
    not in (
        "slug",
        "staff",
        "inbox",
        "shop",
        "carrier",
        "receiver",
        "api_key",
        "notification",
        "template",
        "contact_form",
        "topic",
        "signup_form",
        "segment",
        "journey",
        "calendar",
        "team",
        "sla",
        "phone_line",
        "agent_phone",
    )
)


class File(Keys):
    """A whole apply file."""

    organisation: OrganisationKeys | None = None
    store: list[StoreKeys] = []
