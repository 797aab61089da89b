"""What comes in from the pages: who a campaign is for and how it goes out."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms

from shopbell.accounts.models import Store
from shopbell.campaigns.actions import Plan
from shopbell.campaigns.audience import MEDIA
from shopbell.campaigns.models import Campaign, Rule
from shopbell.consent.queries import topics
from shopbell.messaging.approved import gaps_of
from shopbell.messaging.approved_forms import gap_fields
from shopbell.messaging.chosen import Choice
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.policy import policy_of, zone_or_utc
from shopbell.messaging.titles import medium_title
from shopbell.segments.models import Segment

HOURS = [(6, "6 hours"), (24, "a day"), (48, "2 days"), (168, "a week")]


class PlanForm(forms.Form):
    """Who gets it, when, and how fast."""

    name = forms.CharField(
        max_length=120, label="Name", help_text="For your team; customers do not read it."
    )
    include = forms.MultipleChoiceField(
        required=False,
        label="Send to",
        widget=forms.CheckboxSelectMultiple,
        help_text="Whoever is in one of them. None: everybody who allowed it.",
    )
    exclude = forms.MultipleChoiceField(
        required=False, label="But not to", widget=forms.CheckboxSelectMultiple
    )
    topic = forms.ChoiceField(
        required=False,
        label="What it is about",
        help_text="Who does not want this topic gets nothing, and can leave it with one click.",
    )
    channels = forms.MultipleChoiceField(
        label="Channels",
        widget=forms.CheckboxSelectMultiple,
        choices=[(each, medium_title(each)) for each in MEDIA],
        help_text="Each person is written to by the first of them that they allowed.",
    )
    begins_at = forms.DateTimeField(
        required=False,
        label="Begins",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: as soon as you send it.",
    )
    local = forms.BooleanField(
        required=False,
        label="At this hour where each of them lives",
        help_text="It begins up to 14 hours earlier for those in the east.",
    )
    useful_hours = forms.TypedChoiceField(
        coerce=int,
        label="Of use for",
        choices=HOURS,
        help_text="Whoever cannot be written to in that time gets nothing.",
    )
    per_hour = forms.IntegerField(
        required=False,
        min_value=1,
        label="At most in an hour",
        help_text="Empty: as fast as it goes.",
    )
    first_day = forms.IntegerField(
        required=False,
        min_value=1,
        label="At most on the first day",
        help_text="Twice as many each further day: for a sender mailboxes do not know yet.",
    )
    holdout = forms.IntegerField(
        min_value=0,
        max_value=50,
        label="Percent who get nothing, to compare",
        help_text="So that you see what the campaign itself brought.",
    )
    test_share = forms.IntegerField(
        min_value=1,
        max_value=100,
        label="Percent who take part in the test",
        help_text="All others get the better variant. 100: everybody gets one of them by chance.",
    )
    test_hours = forms.IntegerField(min_value=1, max_value=168, label="Decided after hours")
    rule = forms.ChoiceField(label="Better is where", choices=Rule.choices)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, campaign: Campaign, store: Store
    ) -> None:
        zone = zone_or_utc(store.timezone)
        begins = campaign.begins_at
        names = {field: getattr(campaign, field) for field in Plan.__dataclass_fields__}
        initial = names | {
            "name": campaign.name,
            "channels": campaign.media,
            "include": [str(key) for key in campaign.include],
            "exclude": [str(key) for key in campaign.exclude],
            "begins_at": begins.astimezone(zone).replace(tzinfo=None) if begins else None,
        }
        super().__init__(data, initial=initial)
        self._zone = zone
        segments = Segment.objects.order_by("key", "name").values_list("pk", "name")
        choices = [(str(key), name) for key, name in segments]
        self.fields["include"].choices = choices  # type: ignore[attr-defined]
        self.fields["exclude"].choices = choices  # type: ignore[attr-defined]
        if not policy_of(store).track_clicks:
            self.fields["rule"].help_text = (
                "Clicks are not counted now: links in offers count who follows them only where"
                " your store does so (Settings), for customers who agreed."
            )
        named = [(each.key, each.name_in(store.locale)) for each in topics()]
        self.fields["topic"].choices = [("", "no topic"), *named]  # type: ignore[attr-defined]
        if not named:
            del self.fields["topic"]

    def plan(self) -> Plan:
        """Return what `change_plan` takes."""
        values = dict(self.cleaned_data)
        del values["name"]
        values["media"] = values.pop("channels")
        for field in ("include", "exclude"):
            values[field] = [uuid.UUID(each) for each in values[field]]
        if values["begins_at"] is not None:
            values["begins_at"] = values["begins_at"].replace(tzinfo=self._zone)
        return Plan(**values)


class GapsForm(forms.Form):
    """What fills the gaps of the approved template of a variant."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        template: ApprovedTemplate,
        known: ApprovedText | None,
    ) -> None:
        super().__init__(data)
        self.template = template
        fitting = known if known is not None and known.name == template.name else None
        self.fields.update(gap_fields(template, fitting, _usual))

    def choice(self) -> Choice:
        """Return the template with what fills its gaps."""
        given = {
            part: [self.cleaned_data[f"{part}_{place}"] for place in range(len(gaps))]
            for part, gaps in gaps_of(self.template).items()
        }
        return Choice(self.template.name, **given)


def _usual(part: str, place: int) -> str:
    return "{{ customer.first_name | default: 'there' }}" if (part, place) == ("body", 0) else ""


class LimitForm(forms.Form):
    """Up to how many people one person may write to alone."""

    limit = forms.IntegerField(
        min_value=0,
        max_value=10_000_000,
        label="Alone up to",
        help_text="More people need a second person's word. 0 always asks.",
    )
