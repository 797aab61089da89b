"""Notifications: what is told by which channels, plans tried on last month, quiet hours."""

import uuid

from shopbell.accounts.models import Store
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.notifications import (
    NotificationIn,
    NotificationList,
    NotificationOut,
    PlanIn,
    QuietIn,
    QuietOut,
    TrialOut,
    notification_out,
    quiet_out,
    stored_stages,
    trial_out,
)
from shopbell.kit.errors import NotFound
from shopbell.messaging.policy import policy_of
from shopbell.notifications.actions import change_policies, save_rule
from shopbell.notifications.kinds import KINDS
from shopbell.notifications.queries import settings_of_store
from shopbell.notifications.trial_report import report_of, trial_of
from shopbell.notifications.trials import start_trial

_TAG = "Notifications"
_READ, _WRITE = "notifications:read", "notifications:write"


@endpoint("GET", "/notifications", scope=_READ, answers={200: NotificationList}, tag=_TAG)
def list_notifications(request: ApiRequest) -> NotificationList:
    """List what customers are told, when and by which channels."""
    return NotificationList(items=[notification_out(each) for each in settings_of_store().values()])


@endpoint("POST", "/notifications/{kind}", scope=_WRITE, answers={200: NotificationOut}, tag=_TAG)
def post_notification(request: ApiRequest, kind: str, body: NotificationIn) -> NotificationOut:
    """Change a notification: whether, when, and its channel plan."""
    _known(kind)
    save_rule(
        kind=kind,
        enabled=body.enabled,
        delay_minutes=body.delay_minutes,
        respect_quiet_hours=body.quiet_hours,
        media=body.channels,
        waits=None if body.waits is None else {str(m): n for m, n in body.waits.items()},
        stages=None if body.stages is None else stored_stages(body.stages),
    )
    return notification_out(settings_of_store()[kind])


@endpoint("POST", "/notifications/{kind}/trials", scope=_WRITE, answers={200: TrialOut}, tag=_TAG)
def post_trial(request: ApiRequest, kind: str, body: PlanIn) -> TrialOut:
    """Try a channel plan on the last 30 days. Many messages take a while: ask for it again."""
    _known(kind)
    trial = start_trial(
        store=_store(request),
        kind=kind,
        media=list(body.channels),
        waits={str(medium): minutes for medium, minutes in body.waits.items()},
        stages=stored_stages(body.stages),
        by=request.auth.name,
    )
    return trial_out(trial, report_of(trial))


@endpoint("GET", "/notifications/trials/{id}", scope=_READ, answers={200: TrialOut}, tag=_TAG)
def get_trial(request: ApiRequest, id: uuid.UUID) -> TrialOut:
    """Show what a plan would have done."""
    trial = trial_of(id)
    return trial_out(trial, report_of(trial))


@endpoint("GET", "/quiet-hours", scope=_READ, answers={200: QuietOut}, tag=_TAG)
def get_quiet_hours(request: ApiRequest) -> QuietOut:
    """Show quiet hours, days off and budgets."""
    return quiet_out(policy_of(_store(request)))


@endpoint("POST", "/quiet-hours", scope=_WRITE, answers={200: QuietOut}, tag=_TAG)
def post_quiet_hours(request: ApiRequest, body: QuietIn) -> QuietOut:
    """Change quiet hours, days off and budgets."""
    store = _store(request)
    change_policies(store=store, **body.model_dump(exclude_none=True))
    return quiet_out(policy_of(store))


def _store(request: ApiRequest) -> Store:
    return request.auth.store


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound("There is no such notification.", remedy=f"Known: {', '.join(KINDS)}.")
