"""Announcements as the API shows them and takes them."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopbell.announcements.audience import Affected, Size
from shopbell.announcements.models import Announcement, Telling
from shopbell.announcements.report import Report, report_of
from shopbell.announcements.words import Words
from shopbell.api.schemas.listing import PageInfo, Word
from shopbell.messaging.chosen import Choice

_STRICT = ConfigDict(extra="forbid")
_Words = Annotated[list[Word], Field(max_length=60)]
_Text = Annotated[str, StringConstraints(max_length=20_000)]
ParcelStatus = Literal[
    "none", "pending", "info_received", "in_transit", "out_for_delivery", "attempt_fail",
    "available_for_pickup", "delivered", "exception", "expired",
]  # fmt: skip


class AffectedIn(BaseModel):
    """Conditions on orders; all that are given must hold."""

    model_config = _STRICT

    carriers: _Words = []
    countries: _Words = Field(default=[], description="Two-letter codes.")
    postcodes: _Words = Field(default=[], description="Their beginnings.")
    products: _Words = Field(default=[], description="SKUs, or words of titles.")
    orders: Annotated[list[Literal["open", "closed", "cancelled"]], Field(max_length=3)] = []
    parcels: Annotated[list[ParcelStatus], Field(max_length=10)] = Field(
        default=[], description="Statuses; `none`: not sent yet."
    )
    placed_from: date | None = None
    placed_until: date | None = None

    def conditions(self) -> Affected:
        """Return them as the engine takes them."""
        given = self.model_dump() | {"countries": [each.upper() for each in self.countries]}
        return Affected.of(given)


class SizeOut(BaseModel):
    """How many are affected."""

    orders: int
    people: int
    unreachable: int = Field(description="Orders that belong to nobody we could write to.")


class WordsIn(BaseModel):
    """What is said in one language, with Liquid in it."""

    model_config = _STRICT

    text: Annotated[str, StringConstraints(min_length=1, max_length=1200)]
    subject: Annotated[str, StringConstraints(max_length=200)] = ""
    mail: _Text = Field(default="", description="A longer text for mails; empty: the same.")

    def words(self) -> Words:
        """Return them as the engine takes them."""
        return Words.of(self.model_dump())


_Gaps = Annotated[list[Annotated[str, StringConstraints(max_length=500)]], Field(max_length=30)]


class TemplateIn(BaseModel):
    """An approved template, with what fills its gaps (Liquid), in their order."""

    model_config = _STRICT

    name: Word
    header: _Gaps = []
    body: _Gaps = []
    buttons: _Gaps = []

    def choice(self) -> Choice:
        """Return it as the engine takes it."""
        return Choice(**self.model_dump())


class MannerIn(BaseModel):
    """What is said and how it goes out."""

    model_config = _STRICT

    texts: Annotated[dict[Word, WordsIn], Field(max_length=20)] = Field(
        description="By language; that of the store must be among them."
    )
    channels: Annotated[list[Word], Field(max_length=12)] | None = Field(
        default=None, description="First choice first; left out: the store's plan for delays."
    )
    in_quiet_hours: bool = False
    useful_hours: Annotated[int, Field(ge=1, le=336)] = 48
    template: TemplateIn | None = Field(
        default=None,
        description="By WhatsApp to who has not written there within 24 hours; without one they"
        " are told by the next channel.",
    )
    author: Word = Field(description="E-mail of a member of staff; somebody else must agree.")


class AnnouncementIn(MannerIn):
    """A new announcement. It waits until a person agrees."""

    name: Annotated[Word, StringConstraints(max_length=120)]
    affected: AffectedIn
    holds: Annotated[list[Word], Field(max_length=20)] = Field(
        default=[], description="Notifications that wait for these people while it runs."
    )


class ActingIn(BaseModel):
    """In whose name."""

    model_config = _STRICT

    by: Word = Field(description="E-mail of a member of staff who may do this.")


class TellingOut(BaseModel):
    """One message and what became of it: people = told + under_way + not_told + in_doubt."""

    number: int
    stage: str = Field(description="draft, waiting, sending, paused, done or stopped.")
    why_waits: str
    author: str
    approved_by: str
    people: int
    told: int
    under_way: int
    not_told: int
    in_doubt: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None


class AnnouncementOut(BaseModel):
    """An announcement with its messages: the first, then follow-ups."""

    id: uuid.UUID
    name: str
    state: str = Field(description="draft, running or over.")
    affected: dict[str, object]
    holds: list[str]
    tag: str = Field(description="On conversations about it.")
    created_at: datetime
    started_at: datetime | None
    over_at: datetime | None
    messages: list[TellingOut]


class AnnouncementList(PageInfo):
    """A page of announcements."""

    items: list[AnnouncementOut]


def size_out(size: Size) -> SizeOut:
    """Return the numbers."""
    return SizeOut(orders=size.orders, people=size.people, unreachable=size.unreachable)


_PLAIN = ("id", "name", "state", "affected", "holds", "tag", "created_at", "started_at", "over_at")


def announcement_out(row: Announcement) -> AnnouncementOut:
    """Return one announcement (its tellings preloaded)."""
    return AnnouncementOut(
        **{name: getattr(row, name) for name in _PLAIN},
        messages=[_telling(each, report_of(each)) for each in row.tellings.all()],
    )


def _telling(row: Telling, report: Report) -> TellingOut:
    return TellingOut(
        number=row.number,
        stage=row.stage,
        why_waits=row.why_waits if row.stage == "waiting" else "",
        author=row.author_as,
        approved_by=row.approved_as,
        people=report.people,
        told=report.told,
        under_way=report.under_way,
        not_told=report.not_told,
        in_doubt=report.in_doubt,
        first_sent_at=report.first_sent,
        last_sent_at=report.last_sent,
    )
