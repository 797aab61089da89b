"""Campaigns for programs: count, write, check, submit, agree, pause, cancel, follow.

A newcomer's mistake: letting a program send alone because it names somebody. Whoever has the key
could name the owner, so what a program submits always waits for a second person.
"""

from typing import Any

from ninja import Query, Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import staff_of
from shopbell.api.operations.segments import segment_of
from shopbell.api.schemas.announcements import ActingIn
from shopbell.api.schemas.campaign_answers import (
    AudienceOut,
    CampaignList,
    CampaignWhole,
    CheckOut,
    CodesOut,
    RecipientList,
    campaign_out,
    campaign_whole,
    check_out,
    recipients_out,
)
from shopbell.api.schemas.campaigns import AudienceIn, CampaignIn, CodesIn, RecipientFilter
from shopbell.api.schemas.listing import Paged, as_uuid, page
from shopbell.campaigns import actions
from shopbell.campaigns.actions import Plan
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.codes import keep_codes, stock_of
from shopbell.campaigns.examined import all_findings, what_stops
from shopbell.campaigns.models import Campaign
from shopbell.campaigns.queries import campaign_by_id, campaigns, recipients
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, NotFound

_TAG = "Campaigns"
_READ, _WRITE = "campaigns:read", "campaigns:write"
_ONE = "/campaigns/{ref}"


# Before the address with an id, which would take it for one.
@endpoint("POST", "/campaigns/size", scope=_READ, answers={200: AudienceOut}, tag=_TAG)
def post_campaign_size(request: ApiRequest, body: AudienceIn) -> AudienceOut:
    """Count who would get a campaign; nothing is kept."""
    plan = _audience(body)
    size = size_of(Campaign(**plan))
    if size is None:
        return AudienceOut(people=None, reachable=None, allowed=None)
    return AudienceOut(people=size.people, reachable=size.reachable, allowed=size.allowed)


@endpoint("GET", "/campaigns", scope=_READ, answers={200: CampaignList}, tag=_TAG)
def list_campaigns(request: ApiRequest, query: Query[Paged]) -> CampaignList:
    """List campaigns with where everybody stands, newest first."""
    found, following = page(campaigns(), query)
    return CampaignList(items=[campaign_out(row) for row in found], next=following)


@endpoint("GET", _ONE, scope=_READ, answers={200: CampaignWhole}, tag=_TAG)
def get_campaign(request: ApiRequest, ref: str) -> CampaignWhole:
    """Return one campaign with what it says and what became of it."""
    return campaign_whole(_named(ref))


@endpoint("GET", f"{_ONE}/recipients", scope=_READ, answers={200: RecipientList}, tag=_TAG)
def list_recipients(request: ApiRequest, ref: str, query: Query[RecipientFilter]) -> RecipientList:
    """List the people of a campaign, each with where they stand and why."""
    rows = recipients(_named(ref), state=query.state, reason=query.reason, variant=query.variant)
    found, following = page(rows, query)
    return RecipientList(items=recipients_out(found), next=following)


@endpoint("POST", "/campaigns", scope=_WRITE, answers={201: CampaignWhole}, tag=_TAG)
def post_campaign(request: ApiRequest, body: CampaignIn) -> Status[CampaignWhole]:
    """Write a draft. Nothing leaves before it is submitted and a person has agreed."""
    author = staff_of(body.author, "author", _WRITE)
    row = actions.start_campaign(name=body.name, by=author.user)
    return Status(201, _written(row, body))


@endpoint("PUT", _ONE, scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def put_campaign(request: ApiRequest, ref: str, body: CampaignIn) -> CampaignWhole:
    """Write a draft anew, whole."""
    staff_of(body.author, "author", _WRITE)
    return _written(_named(ref), body)


@endpoint("DELETE", _ONE, scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def delete_campaign(request: ApiRequest, ref: str) -> CampaignWhole:
    """Throw a draft away."""
    row = _named(ref)
    told = campaign_whole(row)
    actions.drop_draft(campaign=row)
    return told


@endpoint("POST", f"{_ONE}/codes", scope=_WRITE, answers={200: CodesOut}, tag=_TAG)
def post_campaign_codes(request: ApiRequest, ref: str, body: CodesIn) -> CodesOut:
    """Add codes of which each person gets one. Codes that are there already are not added."""
    row = _named(ref)
    added = keep_codes(campaign=row, given=body.codes)
    stock = stock_of(row)
    return CodesOut(added=added, codes=stock.all, free_codes=stock.free)


@endpoint("GET", f"{_ONE}/check", scope=_READ, answers={200: CheckOut}, tag=_TAG, scoped=False)
def get_campaign_check(request: ApiRequest, ref: str) -> CheckOut:
    """Return what pre-flight says: what stops it, what to think about, what is well."""
    store = store_by_id(request.auth.store_id)
    with store_scope(store.pk):
        key = _named(ref).pk
    return check_out(all_findings(store, key))


@endpoint(
    "POST", f"{_ONE}/submit", scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG, scoped=False
)
def post_campaign_submission(request: ApiRequest, ref: str, body: ActingIn) -> CampaignWhole:
    """Submit a draft in somebody's name. It waits until a second person agrees."""
    store = store_by_id(request.auth.store_id)
    with store_scope(store.pk):
        key = _named(ref).pk
        author = staff_of(body.by, "by", _WRITE)
    if found := what_stops(store, key):
        raise Conflict(
            f"It cannot leave yet. {' '.join(found[:3])}",
            kept="The draft is kept.",
            remedy="Ask for its check, and mend what stops it.",
        )
    with store_scope(store.pk):
        actions.submit_campaign(
            store=store,
            campaign=_named(ref),
            by=author.user,
            program=f"The API key {request.auth.name}",
        )
        return campaign_whole(_named(ref))


@endpoint(
    "POST", f"{_ONE}/approve", scope="campaigns:approve", answers={200: CampaignWhole}, tag=_TAG
)
def post_campaign_approval(request: ApiRequest, ref: str, body: ActingIn) -> CampaignWhole:
    """Agree to a campaign that waits, in the name of somebody who may and did not submit it."""
    by = staff_of(body.by, "by", "campaigns:approve")
    store = store_by_id(request.auth.store_id)
    return campaign_whole(actions.approve_campaign(store=store, campaign=_named(ref), by=by.user))


@endpoint("POST", f"{_ONE}/take-back", scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def post_campaign_return(request: ApiRequest, ref: str) -> CampaignWhole:
    """Make what waits for a person or for its time a draft again."""
    store = store_by_id(request.auth.store_id)
    return campaign_whole(actions.take_back_campaign(store=store, campaign=_named(ref)))


@endpoint("POST", f"{_ONE}/pause", scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def post_campaign_pause(request: ApiRequest, ref: str, body: ActingIn) -> CampaignWhole:
    """Hold everybody who has not got it yet."""
    by = staff_of(body.by, "by", _WRITE)
    return campaign_whole(actions.pause_campaign(campaign=_named(ref), by=by.user))


@endpoint("POST", f"{_ONE}/resume", scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def post_campaign_resumption(request: ApiRequest, ref: str) -> CampaignWhole:
    """Go on where it was paused."""
    return campaign_whole(actions.resume_campaign(campaign=_named(ref)))


@endpoint("POST", f"{_ONE}/cancel", scope=_WRITE, answers={200: CampaignWhole}, tag=_TAG)
def post_campaign_end(request: ApiRequest, ref: str, body: ActingIn) -> CampaignWhole:
    """Write to nobody else. Whoever got it has it."""
    by = staff_of(body.by, "by", _WRITE)
    return campaign_whole(actions.cancel_campaign(campaign=_named(ref), by=by.user))


def _written(row: Campaign, body: CampaignIn) -> CampaignWhole:
    contents = [each.contents(place) for place, each in enumerate(body.variants)]
    same = ("begins_at", "local", "useful_hours", "per_hour", "first_day", "holdout", "test_share",
            "test_hours", "rule")  # fmt: skip
    plan = Plan(**_audience(body), **{name: getattr(body, name) for name in same})
    actions.change_plan(campaign=row, name=body.name, plan=plan)
    known = [each.name for each in row.variants.order_by("name")]
    for gone in known[len(contents) :]:
        actions.drop_variant(campaign=row, variant=gone)
    while len(known) < len(contents):
        known = sorted([*known, actions.add_variant(campaign=row).name])
    for name, texts in zip(known, contents, strict=False):
        actions.write_variant(campaign=row, variant=name, texts=texts)
    return campaign_whole(campaign_by_id(row.pk))


def _audience(body: AudienceIn) -> dict[str, Any]:
    return {
        "include": [segment_of(ref).pk for ref in body.include],
        "exclude": [segment_of(ref).pk for ref in body.exclude],
        "topic": body.topic,
        "media": list(dict.fromkeys(body.channels)),
    }


def _named(ref: str) -> Campaign:
    key = as_uuid(ref)
    if key is None:
        raise NotFound(f"There is no campaign {ref[:120]!r}.", remedy="Check the id.")
    return campaign_by_id(key)
