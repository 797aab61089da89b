"""docs/reference/apply.md names every key, and the examples are applied."""

import dataclasses
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from shopbell.accounts.models import Store
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Template
from shopbell.messaging.policy import Policy
from shopbell.messaging.ports import CHANNELS
from shopbell.notifications.conditions import KEYS
from shopbell.operations.provisioning import schema
from shopbell.operations.provisioning.apply import apply_file
from shopbell.orders.ports import CARRIERS, SHOPS

DOCS = Path(__file__).resolve().parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "apply.md").read_text(encoding="utf-8")
SECTIONS: dict[str, type[BaseModel]] = {
    "[organisation]": schema.OrganisationKeys,
    "[[store]]": schema.StoreKeys,
    "[store.policies]": schema.PolicyKeys,
    "[[store.policies.budgets]]": schema.BudgetKeys,
    "[store.policies.soft_opt_in]": schema.SoftOptInKeys,
    "[store.policies.desk]": schema.DeskKeys,
    "[store.policies.remedies]": schema.RemedyKeys,
    "[[store.policies.remedies.limits]]": schema.RemedyLimitKeys,
    "[[store.policies.remedies.reasons]]": schema.RemedyReasonKeys,
    "[store.policies.remedies.texts]": schema.RemedyTextKeys,
    "[[store.contact_form]]": schema.ContactFormKeys,
    "[[store.topic]]": schema.TopicKeys,
    "[[store.signup_form]]": schema.SignupFormKeys,
    "[[store.segment]]": schema.SegmentKeys,
    "[[store.journey]]": schema.JourneyKeys,
    "[[store.staff]]": schema.StaffKeys,
    "[[store.inbox]]": schema.InboxKeys,
    "[[store.shop]]": schema.ShopKeys,
    "[[store.carrier]]": schema.CarrierKeys,
    "[[store.receiver]]": schema.ReceiverKeys,
    "[[store.api_key]]": schema.ApiKeyKeys,
    "[[store.notification]]": schema.NotificationKeys,
    "[store.notification.stages]": schema.StageKeys,
    "[[store.template]]": schema.TemplateKeys,
    "[[store.calendar]]": schema.CalendarKeys,
    "[[store.calendar.days_off]]": schema.DayOffKeys,
    "[[store.team]]": schema.TeamKeys,
    "[[store.sla]]": schema.SlaKeys,
    "[[store.phone_line]]": schema.PhoneLineKeys,
    "[[store.agent_phone]]": schema.AgentPhoneKeys,
}
VARIABLES = {
    "LARK_WEBHOOK_SECRET": "shpss_0123456789abcdef",
    "LARK_API_KEY": "k" * 40,
    "OWNER_PASSWORD": "a fine long phrase",
    "LARK_SMTP_PASSWORD": "hunter two",
    "VANS_SECRET": "0123456789abcdef",
    "LOYALTY_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "LARK_TWILIO_TOKEN": "0123456789abcdef",
}


def keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a table as a file writes them."""
    return {field.alias or name for name, field in model.model_fields.items()}


def documented(table: str) -> list[str]:
    for part in re.split(r"^## ", REFERENCE, flags=re.MULTILINE)[1:]:
        if part.startswith(f"`{table}`"):
            return re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE)
    raise AssertionError(f"apply.md has no section on {table}")


@pytest.mark.parametrize("table", SECTIONS)
def test_every_key_is_documented_and_no_other(table: str) -> None:
    assert documented(table) == list(dict.fromkeys(documented(table)))
    assert set(documented(table)) == keys(SECTIONS[table])


def test_every_table_of_the_schema_has_a_section() -> None:
    models = {
        model
        for model in vars(schema).values()
        if isinstance(model, type)
        and issubclass(model, schema.Keys)
        and model not in (schema.Keys, schema.File)
    }
    assert models == set(SECTIONS.values())


def test_every_policy_can_be_declared() -> None:
    known = {field.name for field in dataclasses.fields(Policy)}
    assert known <= set(schema.PolicyKeys.model_fields)


def test_the_connectors_and_conditions_in_the_text_are_the_real_ones() -> None:
    for registry in (SHOPS, CARRIERS, CHANNELS):
        for connector in registry:
            assert f"`{connector.key}`" in REFERENCE
    for key in KEYS:
        assert f"`{key}`" in REFERENCE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "example", sorted((DOCS / "examples").glob("*.toml")), ids=lambda p: p.name
)
def test_the_examples_are_applied_and_then_unchanged(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    # when
    first, second = apply_file(example), apply_file(example)

    # then
    assert first.changes == len(first.steps)
    assert second.changes == 0, [str(step) for step in second.steps]
    assert Store.objects.filter(slug="lark").exists()


@pytest.mark.django_db
def test_the_large_example_uses_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "examples" / "two-stores.toml").read_text(encoding="utf-8")
    for model in SECTIONS.values():
        for key in keys(model) - {"key", "in_doubt_seconds", "text_file"}:
            assert re.search(rf"\b{key}\b", text), key
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    apply_file(DOCS / "examples" / "two-stores.toml")
    with store_scope(Store.objects.get(slug="lark").pk):
        assert Template.objects.count() == 2
