"""Segments and journeys of an apply file, so that both can be reviewed and kept in git."""

from shopbell.accounts.models import Store
from shopbell.journeys import actions as journeys
from shopbell.journeys.models import Journey, JourneyState, Origin
from shopbell.journeys.sketch import same
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import JourneyKeys, SegmentKeys
from shopbell.segments.actions import save_segment
from shopbell.segments.models import Segment
from shopbell.segments.tree import read

_STATES = {"on": JourneyState.LIVE, "paused": JourneyState.PAUSED, "off": JourneyState.OFF}


def apply_segment(plan: Plan, store: Store, wanted: SegmentKeys) -> None:
    """Make the segment, or bring it into the state of the file."""
    with store_scope(store.pk):
        row = Segment.objects.filter(name=wanted.name).first()
        plain = read(wanted.conditions).to_json()
        details = []
        if row is not None:
            details += ["other conditions"] if row.definition != plain else []
            if row.note != wanted.note:
                details.append(difference("note", row.note, wanted.note))
        plan.add(f"segment {store.slug}/{wanted.name}", created=row is None, details=tuple(details))
        if row is None or details:
            save_segment(
                name=wanted.name, definition=wanted.conditions, note=wanted.note, by=None,
                by_name="shopbell apply", segment=row,
            )  # fmt: skip


def apply_journey(plan: Plan, store: Store, wanted: JourneyKeys) -> None:
    """Bring the journey into the state of the file; people under way keep their version.

    Raises:
        Invalid: it is none that came with Shopbell, and the file does not say what it is.
    """
    with store_scope(store.pk):
        row = Journey.objects.select_related("current").filter(key=wanted.key).first()
        was = row.state if row else JourneyState.OFF
        state = _STATES[wanted.state] if wanted.state else was
        details = []
        if row is not None:
            details += [difference("state", was, state)] if state != was else []
            if wanted.title and wanted.title != row.name:
                details.append(difference("title", row.name, wanted.title))
            if wanted.definition and (
                row.current is None or not same(row.current.definition, wanted.definition)
            ):
                details.append("another definition")
        if "another definition" in details or any(each.startswith("title") for each in details):
            _keep_what_was_edited(row, wanted)
        plan.add(f"journey {store.slug}/{wanted.key}", created=row is None, details=tuple(details))
        if row is None or details:
            row = journeys.keep_journey(
                key=wanted.key, name=wanted.title, definition=wanted.definition, by=None
            )
            _switch(row, state)


def _keep_what_was_edited(row: Journey | None, wanted: JourneyKeys) -> None:
    """Refuse to write over a version that was put together in the editor, unless it is named.

    Raises:
        Invalid: what runs is newer than the file knows of.
    """
    version = row.current if row else None
    if version is None or version.origin != Origin.EDITOR or wanted.replaces == version.number:
        return
    said = (
        f"Version {version.number} was published in the editor on {version.created_at:%Y-%m-%d}. "
        "Take it into the file, or let the file say "
        f"`replaces = {version.number}` to publish over it."
    )
    raise Invalid(said, fields={"replaces": said})


def _switch(row: Journey, state: str) -> None:
    if state == row.state:
        return
    if state == JourneyState.LIVE:
        journeys.switch_on(key=row.key, by=None)
    elif state == JourneyState.OFF:
        journeys.switch_off(journey=row, by=None, finish=True)
    elif row.state == JourneyState.OFF:
        raise Invalid("Only a journey that is on can be paused.", fields={"state": "on or off"})
    else:
        journeys.pause(journey=row, by=None)
