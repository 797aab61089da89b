"""Permissions from a checkout, one by one, and lists of permissions and blocks."""

from typing import Annotated, Literal

from ninja import Status
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.listing import Word, storable_only
from shopbell.consent.importing import BLOCKS, CONSENTS, Report, read_rows, write_rows
from shopbell.signups.telling import Given, Standing, tell_permission

_TAG = "Permissions"
MOST = 1_000
type _Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable_only)]
type _Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(storable_only)]
type _Key = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable_only)
]
type _Topic = Annotated[str, StringConstraints(max_length=40), AfterValidator(storable_only)]


class ProofIn(BaseModel):
    """What proves it."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime = Field(description="When the customer did it, with a zone.")
    ip: _Line = Field(default="", description="From where; only its network is kept.")
    page: _Text = Field(default="", description="The page on which they did it.")
    order: _Line = Field(default="", description="The order they placed with it.")


class PermissionIn(BaseModel):
    """A permission that somebody gave or took back in your checkout."""

    model_config = ConfigDict(extra="forbid")

    id: _Key = Field(description="Yours; sent again it changes nothing.")
    state: Literal["confirmed", "ask", "withdrawn"] = Field(
        description="confirmed: you know that the address is theirs and that they agreed. ask: a "
        "mail with one button asks them first. withdrawn: they want no more."
    )
    email: Word = ""
    phone: Word = Field(default="", description="Like +4915112345678.")
    purpose: Literal["marketing", "order_updates", "survey", "tracking"] = "marketing"
    channel: Literal["email", "sms", "whatsapp"] = "email"
    wording: _Text = Field(default="", description="What they read, word by word.")
    version: _Line = Field(default="", description="Your version of the wording.")
    language: Annotated[_Line, StringConstraints(max_length=20)] = ""
    source: _Key = Field(description="Where it was agreed to, such as “Checkout”.")
    topics: list[_Topic] = Field(default_factory=list, max_length=50)
    offered: list[_Topic] = Field(
        default_factory=list,
        max_length=50,
        description="The topics there were to choose from; who left one out does not want it.",
    )
    form: Annotated[_Line, StringConstraints(max_length=40)] = Field(
        default="", description="With ask: the sign-up form whose words the mail has."
    )
    proof: ProofIn


class PermissionTold(BaseModel):
    """What holds now."""

    customer: str
    state: Literal["granted", "pending", "withdrawn", ""]
    changed: bool = Field(description="False: it was told before, or the customer said since.")
    blocked: bool = Field(description="The address is blocked, so nothing is sent to it.")


@endpoint(
    "POST",
    "/permissions",
    scope="customers:write",
    answers={200: PermissionTold, 201: PermissionTold},
    tag=_TAG,
)
def post_permission(request: ApiRequest, body: PermissionIn) -> Status[PermissionTold]:
    """Tell a permission with its proof, have it asked for by mail, or take it back."""
    told = body.model_dump(exclude={"id", "proof", "topics", "offered"})
    standing = tell_permission(
        store=store_by_id(request.auth.store_id),
        given=Given(
            key=body.id,
            by=f"API key {request.auth.name}",
            topics=tuple(body.topics),
            offered=tuple(body.offered),
            **told,
            **body.proof.model_dump(),
        ),
    )
    return Status(201 if standing.is_news else 200, _out(standing))


def _out(standing: Standing) -> PermissionTold:
    return PermissionTold(
        customer=str(standing.customer_id),
        state=standing.state,  # type: ignore[arg-type]
        changed=standing.is_news,
        blocked=standing.is_blocked,
    )


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Word = ""
    phone: Word = ""
    channel: _Line = ""


class PermissionRow(_Row):
    """One permission of a list; `source` and `date` are needed."""

    action: _Line = Field(default="", description="granted (also if empty) or withdrawn.")
    source: _Line = ""
    date: _Line = Field(default="", description="A day such as 2026-05-02.")
    wording: _Text = ""
    language: _Line = ""
    topics: list[_Topic] = Field(default_factory=list, max_length=50)


class SuppressionRow(_Row):
    """One address that is not to be written to. Only a keyed hash of it is kept."""

    reason: _Line = Field(default="", description="unsubscribed, complaint, hard_bounce, manual.")
    scope: _Line = Field(default="", description="A purpose such as marketing; empty: all.")


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: _Key = Field(description="Kept with each row, such as the name of the old program.")
    dry_run: bool = Field(default=False, description="Look only; nothing is written.")


class PermissionList(_List):
    """Up to 1,000 permissions."""

    rows: list[PermissionRow] = Field(min_length=1, max_length=MOST)


class SuppressionList(_List):
    """Up to 1,000 addresses."""

    rows: list[SuppressionRow] = Field(min_length=1, max_length=MOST)


class RowAnswer(BaseModel):
    """What became of a row."""

    row: int = Field(description="The first is 1.")
    status: Literal["written", "known", "refused", "good"] = Field(
        description="known: older than what is known, or the same. good: of a dry run."
    )
    error: str = ""


class ListAnswer(BaseModel):
    """Row by row."""

    rows: list[RowAnswer]


@endpoint(
    "POST",
    "/permissions/import",
    scope="customers:write",
    answers={200: ListAnswer},
    tag=_TAG,
)
def post_permission_list(request: ApiRequest, body: PermissionList) -> ListAnswer:
    """Bring permissions from another program; each is answered for itself. It starts no welcome."""
    rows = [row.model_dump() | {"topics": ",".join(row.topics)} for row in body.rows]
    return _import(request, CONSENTS, body, rows)


@endpoint(
    "POST",
    "/suppressions/import",
    scope="customers:write",
    answers={200: ListAnswer},
    tag=_TAG,
)
def post_suppression_list(request: ApiRequest, body: SuppressionList) -> ListAnswer:
    """Bring addresses that are not to be written to; nobody becomes a customer by it."""
    return _import(request, BLOCKS, body, [row.model_dump() for row in body.rows])


def _import(request: ApiRequest, noun: str, body: _List, rows: list[dict[str, str]]) -> ListAnswer:
    store = store_by_id(request.auth.store_id)
    report = read_rows(store=store, noun=noun, rows=rows)
    if not body.dry_run:
        by = f"API key {request.auth.name}"
        write_rows(store=store, noun=noun, report=report, by=by, name=body.name)
    return ListAnswer(rows=_answers(report, body.dry_run))


def _answers(report: Report, is_dry: bool) -> list[RowAnswer]:
    found = [RowAnswer(row=row, status="refused", error=said) for row, said in report.refused]
    for read in report.good:
        news: Literal["written", "known"] = "written" if read.row in report.fresh else "known"
        found.append(RowAnswer(row=read.row, status="good" if is_dry else news))
    return sorted(found, key=lambda each: each.row)
