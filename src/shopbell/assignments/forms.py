"""What the page of teams sends in."""

from collections.abc import Mapping
from typing import Any

from django import forms

from shopbell.accounts.models import User
from shopbell.assignments.models import Mode, Routing
from shopbell.calendars.queries import calendars
from shopbell.conversations.models import Team
from shopbell.conversations.queries import people_to_assign


class TeamForm(forms.Form):
    """One team."""

    name = forms.CharField(max_length=100, label="Name", help_text="Such as Repairs.")
    members = forms.TypedMultipleChoiceField(
        required=False,
        label="Members",
        coerce=int,
        choices=lambda: [(str(each.pk), str(each)) for each in people_to_assign()],
        widget=forms.CheckboxSelectMultiple,
    )
    mode = forms.ChoiceField(
        label="Conversations of this team",
        choices=[
            (Mode.OFF, "People take them themselves"),
            (Mode.ROUND_ROBIN, "Go to members who are available, in turn"),
            (Mode.LEAST_LOADED, "Go to the available member who has the fewest"),
        ],
        widget=forms.RadioSelect,
    )
    grace_minutes = forms.IntegerField(
        min_value=1,
        max_value=7 * 24 * 60,
        label="Minutes until they are given back",
        help_text="When their owner is away and the customer waits. Only working time counts.",
    )
    calendar = forms.ChoiceField(
        required=False,
        label="Working time of",
        choices=lambda: [
            ("", "The default calendar"),
            *((str(row.pk), row.name) for row in calendars()),
        ],
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        team: Team | None,
        routing: Routing | None,
    ) -> None:
        initial: dict[str, Any] = {"mode": Mode.OFF, "grace_minutes": 15}
        if team is not None:
            members = [str(each.pk) for each in team.members.all()]
            initial |= {"name": team.name, "members": members}
        if routing is not None:
            initial |= {"mode": routing.mode, "grace_minutes": routing.grace_minutes}
            initial["calendar"] = str(routing.calendar_id or "")
        super().__init__(data, initial=initial)

    def values(self) -> dict[str, Any]:
        """Return what `save_team` takes."""
        kept = dict(self.cleaned_data)
        kept["members"] = list(User.objects.filter(pk__in=kept["members"]))
        chosen = kept["calendar"]
        kept["calendar"] = next((row for row in calendars() if str(row.pk) == chosen), None)
        return kept


class InboxForm(forms.Form):
    """What becomes of what comes in at an inbox."""

    gives_to = forms.UUIDField(required=False)
    mode = forms.ChoiceField(choices=Mode.choices, required=False)


class CapacityForm(forms.Form):
    """How much one person takes at a time; chat may be less."""

    capacity = forms.IntegerField(min_value=0, max_value=500)
    chat = forms.IntegerField(min_value=0, max_value=500, required=False)
