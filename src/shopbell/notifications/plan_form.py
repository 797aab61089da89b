"""The channel plan of a notification as a merchant writes it: a list for all, lists for stages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.notifications.kinds import STAGE_TITLES, Stage
from shopbell.notifications.queries import Setting
from shopbell.notifications.stages import LONGEST_WAIT, USED, Steps

EVERYBODY = "everybody"
STEPS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of a list and how long it is given."""

    medium: forms.BoundField
    wait: forms.BoundField
    last: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The list of everybody or of a stage. `own`: whether the stage has one; None for everybody."""

    key: str
    title: str
    own: forms.BoundField | None
    lines: tuple[Line, ...]


class PlanForm(forms.Form):
    """All lists of one notification. Fields are named `<list>_<place>_medium` and `…_wait`."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, setting: Setting) -> None:
        super().__init__(data, initial=_initial(setting))
        for key in (EVERYBODY, *Stage):
            title = STAGE_TITLES[Stage(key)] if key != EVERYBODY else "Everybody"
            if key != EVERYBODY:
                label = "A list of their own"
                self.fields[f"{key}_own"] = forms.BooleanField(required=False, label=label)
            for place in range(1, STEPS + 1):
                self.fields[f"{key}_{place}_medium"] = forms.ChoiceField(
                    required=False, choices=_choices(key, place), label=f"{title}, channel {place}"
                )
                self.fields[f"{key}_{place}_wait"] = forms.IntegerField(
                    required=False,
                    min_value=1,
                    max_value=LONGEST_WAIT,
                    label=f"{title}, minutes for channel {place}",
                )
        for name, field in self.fields.items():
            if not name.endswith("_own"):
                field.widget.attrs["aria-label"] = field.label

    def sections(self) -> Iterator[Section]:
        """Yield the lists in the order of the page."""
        for key in (EVERYBODY, *Stage):
            own = self[f"{key}_own"] if key != EVERYBODY else None
            title = STAGE_TITLES[Stage(key)] if key != EVERYBODY else "Everybody"
            yield Section(key, title, own, tuple(self._lines(key)))

    def _lines(self, key: str) -> Iterator[Line]:
        for place in range(1, STEPS + 1):
            medium, wait = self[f"{key}_{place}_medium"], self[f"{key}_{place}_wait"]
            yield Line(medium, wait, place == STEPS)

    def clean(self) -> dict[str, Any]:
        """Refuse an empty list and a channel named twice."""
        values = super().clean() or {}
        for key in (EVERYBODY, *Stage):
            if key != EVERYBODY and not values.get(f"{key}_own"):
                continue
            media = self._media(key, values)
            if not media:
                self.add_error(f"{key}_1_medium", "Choose at least one channel.")
            if len(set(media)) < len(media):
                self.add_error(f"{key}_2_medium", "Name each channel once.")
        return values

    @staticmethod
    def _media(key: str, values: Mapping[str, Any]) -> list[str]:
        found = (values.get(f"{key}_{place}_medium") for place in range(1, STEPS + 1))
        return [medium for medium in found if medium]

    def _steps(self, key: str) -> Steps:
        values = self.cleaned_data
        waits = {
            values[f"{key}_{place}_medium"]: values[f"{key}_{place}_wait"]
            for place in range(1, STEPS + 1)
            if values[f"{key}_{place}_medium"] and values[f"{key}_{place}_wait"]
        }
        return Steps(tuple(self._media(key, values)), waits)

    def changes(self) -> dict[str, Any]:
        """Return the arguments for `save_rule` and `start_trial`."""
        everybody = self._steps(EVERYBODY)
        return {
            "media": list(everybody.media),
            "waits": dict(everybody.waits),
            "stages": {
                str(stage): self._steps(stage).to_json()
                for stage in Stage
                if self.cleaned_data[f"{stage}_own"]
            },
        }


def _choices(key: str, place: int) -> list[tuple[str, str]]:
    names = [(str(medium), medium_title(medium)) for medium in TELLING]
    if key == Stage.COMPLAINING:
        names.insert(0, (USED, "The channel they use"))
    return names if (key, place) == (EVERYBODY, 1) else [("", "Nothing more"), *names]


def _initial(setting: Setting) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lists = {EVERYBODY: Steps(setting.media, setting.waits)}
    for stage in Stage:
        own = setting.stages.get(stage)
        found[f"{stage}_own"] = own is not None
        lists[stage] = own or lists[EVERYBODY]
    for key, steps in lists.items():
        for place, medium in enumerate(steps.media[:STEPS], start=1):
            found[f"{key}_{place}_medium"] = medium
            found[f"{key}_{place}_wait"] = steps.waits.get(medium)
    return found
