"""What rules and macros can do with teams."""

from shopbell.conversations.actions import assign
from shopbell.conversations.models import Team
from shopbell.conversations.rulebook import Action, Case, Choices, Input, Values, add_action

_GONE = "the team is not there any more"


def _teams() -> Choices:
    return [(str(row.pk), row.name) for row in Team.objects.order_by("name")]


def _team(values: Values) -> Team | None:
    key = values.get("team", "")
    return next((row for row in Team.objects.all() if str(row.pk) == key), None)


def _say(values: Values) -> str:
    found = _team(values)
    return f"give it to the team {found}" if found else f"give it to a team ({_GONE})"


def _run(case: Case, values: Values) -> str:
    found = _team(values)
    if found is None:
        return _GONE
    row = case.conversation
    assign(conversation=row, by=case.by, owner=row.owner, team=found)
    return f"given to the team {found}"


add_action(
    Action(
        "give_to_team",
        "Give it to a team",
        say=_say,
        run=_run,
        inputs=(Input("team", "Team", kind="choice", choices=_teams),),
        refuses=lambda case, values: "" if _team(values) else _GONE,
    )
)
