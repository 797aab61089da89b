"""A condition for segments and journeys: whether somebody reacted to what they got."""

from datetime import timedelta

from shopbell.segments.conditions.phrases import days
from shopbell.segments.vocabulary import Asked, Clause, Kind, Param, Values, register_condition


def _reacted(values: Values, asked: Asked) -> Clause:
    since = asked.now - timedelta(days=values["days"])
    return Clause(
        "EXISTS (SELECT 1 FROM messaging_message m WHERE m.store_id = %s"
        " AND m.customer_id = p.customer_id AND (m.clicked_at >= %s OR m.read_at >= %s))",
        (asked.store_id, since, since),
        exists=True,
    )


register_condition(
    Kind(
        key="reacted",
        label="Read or followed a message",
        group="What happened",
        facts=frozenset(),
        sql=_reacted,
        says=lambda v, no: (
            f"{'did not read or follow' if no else 'read or followed'} a message in "
            f"{days(v['days'])}"
        ),
        params=(Param("days", "Days", "number", default=90, least=1, most=3650, unit="days"),),
        relative=lambda values: True,
        opposite=("in the last", "not in the last"),
    )
)
