"""Notification rules and templates of an apply file.

A rule in the file is the store's own from then on, even where it says what is shipped: a later
version of Shopbell with other defaults does not change it.
"""

from typing import Any

from shopbell.accounts.models import Store
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Template
from shopbell.messaging.templates import save_template
from shopbell.notifications.actions import save_rule
from shopbell.notifications.queries import settings_of_store
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import NotificationKeys, StageKeys, TemplateKeys

# Keys of the file and what they are called inside.
_RULE = {
    "enabled": "enabled",
    "delay_minutes": "delay_minutes",
    "channels": "media",
    "waits": "waits",
    "stages": "stages",
    "quiet_hours": "respect_quiet_hours",
    "when": "conditions",
}
_TEXTS = ("subject", "preheader", "body", "text")


def apply_rule(plan: Plan, store: Store, wanted: NotificationKeys) -> None:
    """Say whether, when and how customers are told of one kind."""
    with store_scope(store.pk):
        setting = settings_of_store()[wanted.kind]
        changes: dict[str, Any] = {}
        details = []
        for key, name in _RULE.items():
            new = getattr(wanted, key)
            old: Any = getattr(setting, name)
            old = list(old) if isinstance(old, tuple) else old
            if key == "stages" and new is not None:
                new, old = _stages(new), {stage: steps.to_json() for stage, steps in old.items()}
            if new is None:
                continue
            changes[name] = new
            if new != old:
                details.append(difference(key, old, new))
        thing = f"notification {store.slug}/{wanted.kind}"
        plan.add(thing, created=not setting.is_own, details=tuple(details))
        if details or not setting.is_own:
            save_rule(kind=wanted.kind, **changes)


def _stages(wanted: dict[str, StageKeys]) -> dict[str, Any]:
    return {
        stage: {"media": list(keys.channels), "waits": dict(keys.waits)}
        for stage, keys in wanted.items()
    }


def apply_template(plan: Plan, store: Store, wanted: TemplateKeys) -> None:
    """Save the merchant's own words as a new version, unless they are current already."""
    with store_scope(store.pk):
        found = (
            Template.objects.select_related("current")
            .filter(kind=wanted.kind, medium=wanted.channel, locale=wanted.locale)
            .first()
        )
        current = found.current if found else None
        changed = tuple(
            f"another {name}"
            for name in _TEXTS
            if current is None or getattr(current, name) != getattr(wanted, name)
        )
        thing = f"template {store.slug}/{wanted.kind} ({wanted.channel}, {wanted.locale})"
        plan.add(thing, created=current is None, details=() if current is None else changed)
        if changed:
            texts = {name: getattr(wanted, name) for name in _TEXTS}
            save_template(kind=wanted.kind, medium=wanted.channel, locale=wanted.locale, **texts)
