"""Announcements for programs: count, write, agree, pause, stop, follow up, end.

A newcomer's mistake: letting a program send alone because it names somebody. Whoever has the key
could name the owner, so what a program writes always waits for a second person.
"""

from ninja import Query, Status

from shopbell.accounts.models import Staff
from shopbell.accounts.queries import store_by_id
from shopbell.announcements import actions
from shopbell.announcements.actions.drafting import Manner
from shopbell.announcements.approved import choose_template
from shopbell.announcements.audience import size_of
from shopbell.announcements.models import Announcement, Telling
from shopbell.announcements.queries import announcement_by_id, announcements, telling_of
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import staff_of
from shopbell.api.schemas.announcements import (
    ActingIn,
    AffectedIn,
    AnnouncementIn,
    AnnouncementList,
    AnnouncementOut,
    MannerIn,
    SizeOut,
    announcement_out,
    size_out,
)
from shopbell.api.schemas.listing import Paged, as_uuid, page
from shopbell.kit.errors import NotFound

_TAG = "Announcements"
_READ, _WRITE = "announcements:read", "announcements:write"
_ONE = "/announcements/{ref}"


# Before the address with an id, which would take it for one.
@endpoint("POST", "/announcements/size", scope=_READ, answers={200: SizeOut}, tag=_TAG)
def post_announcement_size(request: ApiRequest, body: AffectedIn) -> SizeOut:
    """Count who would be affected; nothing is kept."""
    zone = store_by_id(request.auth.store_id).timezone
    return size_out(size_of(body.conditions(), zone))


@endpoint("GET", "/announcements", scope=_READ, answers={200: AnnouncementList}, tag=_TAG)
def list_announcements(request: ApiRequest, query: Query[Paged]) -> AnnouncementList:
    """List announcements with what became of their messages, newest first."""
    found, following = page(announcements(), query)
    return AnnouncementList(items=[announcement_out(row) for row in found], next=following)


@endpoint("GET", _ONE, scope=_READ, answers={200: AnnouncementOut}, tag=_TAG)
def get_announcement(request: ApiRequest, ref: str) -> AnnouncementOut:
    """Return one announcement."""
    return announcement_out(_named(ref))


@endpoint("POST", "/announcements", scope=_WRITE, answers={201: AnnouncementOut}, tag=_TAG)
def post_announcement(request: ApiRequest, body: AnnouncementIn) -> Status[AnnouncementOut]:
    """Write an announcement. It waits until a person agrees who is not its author."""
    author = staff_of(body.author, "author", _WRITE)
    row = actions.start_announcement(
        name=body.name, affected=body.affected.conditions(), by=author.user
    )
    actions.choose_holds(announcement=row, kinds=body.holds)
    _submit(request, telling_of(row, 1), body, author)
    return Status(201, announcement_out(_named(str(row.pk))))


@endpoint("POST", f"{_ONE}/follow-ups", scope=_WRITE, answers={201: AnnouncementOut}, tag=_TAG)
def post_follow_up(request: ApiRequest, ref: str, body: MannerIn) -> Status[AnnouncementOut]:
    """Write a follow-up to those who got the first message, over the same channel; it waits too."""
    author = staff_of(body.author, "author", _WRITE)
    telling = actions.begin_follow_up(announcement=_named(ref), by=author.user)
    _submit(request, telling, body, author)
    return Status(201, announcement_out(_named(ref)))


@endpoint(
    "POST",
    f"{_ONE}/approve",
    scope="announcements:approve",
    answers={200: AnnouncementOut},
    tag=_TAG,
)
def post_announcement_approval(request: ApiRequest, ref: str, body: ActingIn) -> AnnouncementOut:
    """Agree to the message that waits, in the name of somebody who may and did not write it."""
    by = staff_of(body.by, "by", "announcements:approve")
    store = store_by_id(request.auth.store_id)
    actions.approve_telling(store=store, telling=_newest(ref), by=by.user)
    return announcement_out(_named(ref))


@endpoint("POST", f"{_ONE}/pause", scope=_WRITE, answers={200: AnnouncementOut}, tag=_TAG)
def post_announcement_pause(request: ApiRequest, ref: str) -> AnnouncementOut:
    """Hold everybody who has not been told yet."""
    actions.pause_telling(telling=_newest(ref))
    return announcement_out(_named(ref))


@endpoint("POST", f"{_ONE}/resume", scope=_WRITE, answers={200: AnnouncementOut}, tag=_TAG)
def post_announcement_resumption(request: ApiRequest, ref: str) -> AnnouncementOut:
    """Go on where it was paused."""
    actions.resume_telling(telling=_newest(ref))
    return announcement_out(_named(ref))


@endpoint("POST", f"{_ONE}/stop", scope=_WRITE, answers={200: AnnouncementOut}, tag=_TAG)
def post_announcement_stop(request: ApiRequest, ref: str, body: ActingIn) -> AnnouncementOut:
    """Tell nobody else."""
    actions.stop_telling(telling=_newest(ref), by=staff_of(body.by, "by", _WRITE).user)
    return announcement_out(_named(ref))


@endpoint("POST", f"{_ONE}/end", scope=_WRITE, answers={200: AnnouncementOut}, tag=_TAG)
def post_announcement_end(request: ApiRequest, ref: str, body: ActingIn) -> AnnouncementOut:
    """Say that it is over: what was held is judged anew."""
    by = staff_of(body.by, "by", _WRITE)
    store = store_by_id(request.auth.store_id)
    actions.end_announcement(store=store, announcement=_named(ref), by=by.user)
    return announcement_out(_named(ref))


def _submit(request: ApiRequest, telling: Telling, body: MannerIn, author: Staff) -> None:
    manner = Manner(
        texts={locale: said.words() for locale, said in body.texts.items()},
        media=telling.media if body.channels is None else body.channels,
        in_quiet_hours=body.in_quiet_hours,
        useful_hours=body.useful_hours,
    )
    written = actions.write_telling(telling=telling, manner=manner)
    choose_template(telling=written, choice=body.template.choice() if body.template else None)
    actions.submit_telling(
        store=store_by_id(request.auth.store_id),
        telling=written,
        by=author.user,
        program=f"The API key {request.auth.name}",
    )


def _named(ref: str) -> Announcement:
    key = as_uuid(ref)
    if key is None:
        raise NotFound(f"There is no announcement {ref[:120]!r}.", remedy="Check the id.")
    return announcement_by_id(key)


def _newest(ref: str) -> Telling:
    row = _named(ref)
    return telling_of(row, len(row.tellings.all()))
