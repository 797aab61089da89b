"""Segments for programs: read them and who is in them, count conditions, keep one's own."""

from ninja import Query, Status

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.listing import Paged, page
from shopbell.api.schemas.people import CustomerList, customers_out
from shopbell.api.schemas.segments import (
    CountOut,
    DefinitionIn,
    SegmentIn,
    SegmentList,
    SegmentOut,
    segment_out,
)
from shopbell.customers.models import Customer
from shopbell.kit.errors import NotFound
from shopbell.segments.actions import delete_segment, save_segment
from shopbell.segments.models import Member, Segment
from shopbell.segments.queries import (
    count_of,
    segment_named,
    segment_names,
    segments,
    tree_named,
)
from shopbell.segments.sql import flat
from shopbell.segments.tree import read
from shopbell.segments.words import sentence

_TAG = "Segments"
_READ, _WRITE = "segments:read", "segments:write"
_ONE = "/segments/{ref}"


# Before the address with an id, which would take it for one.
@endpoint("POST", "/segments/count", scope=_READ, answers={200: CountOut}, tag=_TAG)
def post_segment_count(request: ApiRequest, body: DefinitionIn) -> CountOut:
    """Count whom conditions describe, and say them in words; nothing is kept."""
    tree = read(body.definition)
    currency = store_by_id(request.auth.store_id).currency
    says = sentence(tree, currency=currency, names=segment_names())
    return CountOut(says=says, people=count_of(flat(tree, tree_named)))


@endpoint("GET", "/segments", scope=_READ, answers={200: SegmentList}, tag=_TAG)
def list_segments(request: ApiRequest, query: Query[Paged]) -> SegmentList:
    """List segments, newest first."""
    found, following = page(segments(), query)
    currency, names = store_by_id(request.auth.store_id).currency, segment_names()
    items = [segment_out(row, currency, names) for row in found]
    return SegmentList(items=items, next=following)


@endpoint("GET", _ONE, scope=_READ, answers={200: SegmentOut}, tag=_TAG)
def get_segment(request: ApiRequest, ref: str) -> SegmentOut:
    """Return a segment by its id, or by the key of one that came with Shopbell."""
    return _shown(request, segment_of(ref))


@endpoint("GET", f"{_ONE}/customers", scope=_READ, answers={200: CustomerList}, tag=_TAG)
def list_segment_customers(request: ApiRequest, ref: str, query: Query[Paged]) -> CustomerList:
    """List who is in a segment, newest customers first."""
    inside = Member.objects.filter(segment=segment_of(ref)).values("customer_id")
    rows = Customer.objects.filter(pk__in=inside).prefetch_related("identities")
    found, following = page(rows, query)
    return CustomerList(items=customers_out(found), next=following)


@endpoint("POST", "/segments", scope=_WRITE, answers={201: SegmentOut}, tag=_TAG)
def post_segment(request: ApiRequest, body: SegmentIn) -> Status[SegmentOut]:
    """Make a segment. Its members are known within moments."""
    return Status(201, _shown(request, _saved(request, body)))


@endpoint("PUT", _ONE, scope=_WRITE, answers={200: SegmentOut}, tag=_TAG)
def put_segment(request: ApiRequest, ref: str, body: SegmentIn) -> SegmentOut:
    """Change a segment. Nobody comes into a journey by that."""
    return _shown(request, _saved(request, body, segment_of(ref)))


@endpoint("DELETE", _ONE, scope=_WRITE, answers={200: SegmentOut}, tag=_TAG)
def delete_one_segment(request: ApiRequest, ref: str) -> SegmentOut:
    """Throw a segment away that nothing uses. The customers stay."""
    row = segment_of(ref)
    told = _shown(request, row)
    delete_segment(segment=row)
    return told


def segment_of(ref: str) -> Segment:
    """Return the segment with this id or key.

    Raises:
        NotFound: there is none.
    """
    row = None if "\0" in ref else segment_named(ref[:120])
    if row is None:
        raise NotFound(f"There is no segment {ref[:120]!r}.", remedy="Check the id or key.")
    return row


def _saved(request: ApiRequest, body: SegmentIn, row: Segment | None = None) -> Segment:
    return save_segment(
        name=body.name, note=body.note, definition=body.definition, segment=row, by=None,
        by_name=f"The API key {request.auth.name}",
    )  # fmt: skip


def _shown(request: ApiRequest, row: Segment) -> SegmentOut:
    return segment_out(row, store_by_id(request.auth.store_id).currency, segment_names())
