"""Notifications, their channel plans and quiet hours as the API shows them and takes them in."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbell.messaging.policy import Budget, Policy
from shopbell.notifications.models import PlanTrial
from shopbell.notifications.queries import Setting
from shopbell.notifications.trial_report import Report

_STRICT = ConfigDict(extra="forbid")
Minutes = Annotated[int, Field(ge=1, le=3 * 24 * 60)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Channel = Literal["email", "sms", "whatsapp"]
Step = Literal["email", "sms", "whatsapp", "used"]
StageName = Literal["new", "returning", "complaining"]


class StepsIn(BaseModel):
    """The channels of a stage of customers, first choice first."""

    model_config = _STRICT

    channels: list[Step] = Field(min_length=1, max_length=4)
    waits: dict[Step, Minutes] = Field(
        default={}, description="Minutes by channel without “delivered” until the next is tried."
    )


class StepsOut(BaseModel):
    """The channels of a stage of customers, first choice first."""

    channels: list[str]
    waits: dict[str, int]


class NotificationOut(BaseModel):
    """One notification with its channel plan."""

    kind: str
    title: str
    when: str
    enabled: bool
    delay_minutes: int
    quiet_hours: bool = Field(description="Whether it waits for the end of quiet hours.")
    channels: list[str]
    waits: dict[str, int]
    stages: dict[str, StepsOut]
    own: bool = Field(description="Whether the store changed it.")


class NotificationList(BaseModel):
    """All notifications."""

    items: list[NotificationOut]


class NotificationIn(BaseModel):
    """Changes to a notification; what is not given stays."""

    model_config = _STRICT

    enabled: bool | None = None
    delay_minutes: int | None = Field(default=None, ge=0, le=60 * 24 * 30)
    quiet_hours: bool | None = None
    channels: list[Channel] | None = Field(default=None, min_length=1)
    waits: dict[Channel, Minutes] | None = None
    stages: dict[StageName, StepsIn] | None = Field(
        default=None, description="All lists of stages; a stage that is not in it has none."
    )


class PlanIn(BaseModel):
    """A channel plan to be tried. Nothing is saved or sent."""

    model_config = _STRICT

    channels: list[Channel] = Field(min_length=1)
    waits: dict[Channel, Minutes] = {}
    stages: dict[StageName, StepsIn] = {}


class CountOut(BaseModel):
    """How many a channel would tell, and how many it told. `nobody`: not told."""

    channel: str
    would: int
    was: int


class WhyOut(BaseModel):
    """How many have the same fate, with the reason of one of them."""

    fate: str
    example: str
    count: int


class TrialOut(BaseModel):
    """What a plan would have done in the last 30 days."""

    id: uuid.UUID
    kind: str
    finished: bool
    done: int
    total: int
    tried_on: str = Field(description="messages, parcels or orders.")
    since: datetime
    changed: int = Field(description="For how many it differs from what happened.")
    channels: list[CountOut]
    reasons: list[WhyOut]


class BudgetModel(BaseModel):
    """At most so many offers and surveys to one person in so many hours."""

    model_config = _STRICT

    purpose: Literal["marketing", "survey"]
    channel: Literal["any", "email", "sms", "whatsapp"]
    count: int = Field(ge=1, le=100)
    hours: int = Field(ge=1, le=744)


class QuietOut(BaseModel):
    """When customers are left in peace, and how often one is written to."""

    quiet_from: str
    quiet_until: str
    quiet_days: list[int] = Field(description="Weekdays; Monday is 0.")
    quiet_holidays: bool
    budgets: list[BudgetModel]


class QuietIn(BaseModel):
    """Changes to quiet hours and budgets; what is not given stays."""

    model_config = _STRICT

    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    quiet_days: list[Annotated[int, Field(ge=0, le=6)]] | None = Field(default=None, max_length=6)
    quiet_holidays: bool | None = None
    budgets: list[BudgetModel] | None = Field(default=None, max_length=20)


def notification_out(setting: Setting) -> NotificationOut:
    """Return a notification as it holds now."""
    return NotificationOut(
        kind=setting.kind.key,
        title=setting.kind.title,
        when=setting.kind.when,
        enabled=setting.enabled,
        delay_minutes=setting.delay_minutes,
        quiet_hours=setting.respect_quiet_hours,
        channels=list(setting.media),
        waits=dict(setting.waits),
        stages={
            stage: StepsOut(channels=list(steps.media), waits=dict(steps.waits))
            for stage, steps in setting.stages.items()
        },
        own=setting.is_own,
    )


def stored_stages(stages: dict[StageName, StepsIn]) -> dict[str, Any]:
    """Return lists of stages as actions take them."""
    return {
        str(stage): {"media": list(steps.channels), "waits": dict(steps.waits)}
        for stage, steps in stages.items()
    }


def trial_out(trial: PlanTrial, report: Report) -> TrialOut:
    """Return a trial with what it found so far."""
    return TrialOut(
        id=trial.pk,
        kind=trial.kind,
        finished=trial.finished,
        done=trial.done,
        total=trial.total,
        tried_on=trial.source,
        since=trial.since,
        changed=report.changed,
        channels=[
            CountOut(channel=each.key, would=each.would, was=each.was) for each in report.channels
        ],
        reasons=[
            WhyOut(fate=each.says, example=each.example, count=each.count)
            for each in report.reasons
        ],
    )


def quiet_out(policy: Policy) -> QuietOut:
    """Return quiet hours and budgets as they hold now."""
    return QuietOut(
        quiet_from=f"{policy.quiet_from:%H:%M}",
        quiet_until=f"{policy.quiet_until:%H:%M}",
        quiet_days=list(policy.quiet_days),
        quiet_holidays=policy.quiet_holidays,
        budgets=[_budget(each) for each in policy.budgets],
    )


def _budget(budget: Budget) -> BudgetModel:
    return BudgetModel.model_construct(
        purpose=budget.purpose, channel=budget.channel, count=budget.count, hours=budget.hours
    )
