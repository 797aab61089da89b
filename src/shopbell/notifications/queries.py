"""The effective settings of each kind: the store's rule, or the shipped default."""

from dataclasses import dataclass, field
from typing import Any

from shopbell.notifications.kinds import KINDS, Kind
from shopbell.notifications.models import Rule
from shopbell.notifications.stages import ChannelPlan, Steps, read_stages


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for one kind in a store. `is_own`: the store changed it."""

    kind: Kind
    enabled: bool
    delay_minutes: int
    media: tuple[str, ...]
    respect_quiet_hours: bool
    conditions: dict[str, Any] = field(default_factory=dict)
    is_own: bool = False
    waits: dict[str, int] = field(default_factory=dict)
    stages: dict[str, Steps] = field(default_factory=dict)

    @property
    def plan(self) -> ChannelPlan:
        """Return the channels of all stages."""
        return ChannelPlan(Steps(self.media, self.waits), self.stages)


def settings_of_store() -> dict[str, Setting]:
    """Return the setting of every kind for the store in scope."""
    rules = {rule.kind: rule for rule in Rule.objects.all()}
    return {key: setting_for(kind, rules.get(key)) for key, kind in KINDS.items()}


def setting_for(kind: Kind, rule: Rule | None) -> Setting:
    """Return the effective setting of a kind."""
    if rule is None:
        return Setting(
            kind,
            kind.enabled,
            kind.delay_minutes,
            kind.media,
            kind.respect_quiet_hours,
            waits=dict(kind.waits),
        )
    return Setting(
        kind,
        rule.enabled,
        rule.delay_minutes,
        tuple(rule.media) or kind.media,
        rule.respect_quiet_hours,
        rule.conditions,
        is_own=True,
        waits=dict(kind.waits if rule.waits is None else rule.waits),
        stages=read_stages(rule.stages),
    )
