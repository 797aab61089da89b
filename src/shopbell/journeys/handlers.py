"""Events move people; the texts of journeys are told to the editor; the gate asks us."""

from collections.abc import Sequence
from typing import Any

from shopbell.events.registry import Recorded, on
from shopbell.interests.calling import HEARD_BY
from shopbell.journeys import dates, engine, rules, silence, staying
from shopbell.journeys.books import take_in_now, tells_who_waits
from shopbell.journeys.catalogue import Journeys
from shopbell.journeys.happenings import FACTS, happenings
from shopbell.messaging.catalogue import add_catalogue

add_catalogue(Journeys())
HEARD_BY.append(tells_who_waits)
# Registered by being imported.
PUMP, RULES = engine.run_journeys, rules.still_in_the_journey
LOOKS = dates.start_on_days, silence.ask_the_silent
LINKS = staying.links_of


@on(*FACTS)
def move_people(batch: Sequence[Recorded[Any]]) -> None:
    """Start, wake and end runs."""
    take_in_now(happened=happenings(batch))
