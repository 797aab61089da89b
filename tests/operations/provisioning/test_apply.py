"""Applying a file: once, twice, changed, and with mistakes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbell.accounts.actions import revoke_api_key, use_login_link
from shopbell.accounts.models import ApiKey, LoginLink, Organisation, Staff, Store, User
from shopbell.accounts.queries import valid_key
from shopbell.connections.models import Connection
from shopbell.connections.queries import account_of
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Template
from shopbell.messaging.policy import Budget, policy_of
from shopbell.notifications.queries import settings_of_store
from shopbell.operations.provisioning.apply import apply_file, main
from shopbell.operations.provisioning.reading import Mistakes
from tests.operations.provisioning.conftest import KEY

pytestmark = pytest.mark.django_db
type Write = Callable[..., Path]


def test_a_file_makes_everything_it_declares(write: Write) -> None:
    # when
    apply_file(write())

    # then
    store = Store.objects.get(slug="lark")
    assert store.organisation.name == "Lark & Larder"
    assert (store.timezone, store.currency, store.domain) == (
        "Europe/Berlin",
        "EUR",
        "lark.example",
    )
    key = valid_key(KEY)
    assert key is not None
    assert (key.store_id, key.scopes) == (store.pk, ["*"])
    with store_scope(store.pk):
        assert Staff.objects.select_related("user").get().user.name == "Store owner"
        inbox = Connection.objects.get()
        account = account_of(inbox, store)
    assert (inbox.family, inbox.connector, inbox.slug) == ("channel", "smtp", "orders")
    assert account.address == "orders@lark.example"
    assert (account.settings.host, account.settings.port) == ("127.0.0.1", 2525)


def test_the_second_run_finds_nothing_to_change(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    path = write()
    assert main(path) == 0
    capsys.readouterr()

    # when
    code = main(path)

    # then
    said = capsys.readouterr().out
    assert code == 0
    assert "Nothing to change." in said
    assert "create " not in said
    assert "change " not in said
    assert LoginLink.objects.count() == 1


def test_the_link_and_the_key_made_are_told_once_and_work(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    path = write(('key = { env = "LARK_API_KEY" }\n', ""))

    # when
    main(path)

    # then
    said = capsys.readouterr().out
    link = said.split("Sign-in link for owner@lark.example")[1].split("\n")[0]
    assert use_login_link(secret=link.rsplit("/", 1)[1]).email == "owner@lark.example"
    raw = said.split("API key lark/integration (shown only now): ")[1].split("\n")[0]
    assert valid_key(raw) is not None
    main(path)
    assert raw not in capsys.readouterr().out


def test_a_person_with_a_password_gets_no_link(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    path = write(('role = "owner"', 'role = "owner"\npassword = "a fine long phrase"'))

    # when
    main(path)

    # then
    said = capsys.readouterr().out
    assert "Sign-in link" not in said
    assert "a fine long phrase" not in said
    assert User.objects.get().check_password("a fine long phrase")


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # when
    code = main(write(), dry_run=True)

    # then
    said = capsys.readouterr().out
    assert code == 0
    assert "create     inbox lark/orders (smtp)" in said
    assert "Dry run: 5 objects would be created or changed." in said
    assert "/account/link/" not in said
    assert KEY not in said
    assert not Store.objects.exists()
    assert not Organisation.objects.exists()
    assert not User.objects.exists()


def test_a_changed_file_changes_only_what_it_names(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    main(write())
    Store.objects.update(help_url="https://lark.example/help")
    capsys.readouterr()

    # when
    main(
        write(
            ("port = 2525", 'port = 2526, password = "hunter two"'),
            ("Europe/Berlin", "Europe/Paris"),
            ('["*"]', '["orders:read", "events:*"]'),
        )
    )

    # then
    said = capsys.readouterr().out
    assert "timezone: Europe/Berlin → Europe/Paris" in said
    assert "settings.port: 2525 → 2526" in said
    assert "settings.password: a new secret" in said
    assert "hunter two" not in said
    store = Store.objects.get()
    assert (store.timezone, store.help_url) == ("Europe/Paris", "https://lark.example/help")
    with store_scope(store.pk):
        assert account_of(Connection.objects.get(), store).settings.port == 2526
        assert ApiKey.objects.get().scopes == ["orders:read", "events:*"]


def test_what_is_not_in_the_file_stays(write: Write) -> None:
    # given
    apply_file(write())

    # when
    apply_file(write(text='[[store]]\nslug = "lark"\nname = "Lark"\n'))

    # then
    store = Store.objects.get()
    assert (store.name, store.domain) == ("Lark", "lark.example")
    with store_scope(store.pk):
        assert Staff.objects.count() == Connection.objects.count() == ApiKey.objects.count() == 1


def test_settings_left_out_of_the_file_stay_with_their_secrets(write: Write) -> None:
    # given
    apply_file(write(("port = 2525", 'port = 2525, username = "u", password = "hunter two"')))

    # when
    plan = apply_file(write())

    # then
    assert plan.changes == 0
    store = Store.objects.get()
    with store_scope(store.pk):
        settings = account_of(Connection.objects.get(), store).settings
    assert settings.password.get_secret_value() == "hunter two"


def test_a_refusal_in_the_database_undoes_everything(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a file whose second store brings the same API key, which must be unique
    apply_file(write())
    second = (
        '[organisation]\nname = "Wren"\n[[store]]\nslug = "wren"\nname = "Wren"\n'
        '[[store.api_key]]\nname = "integration"\nkey = { env = "LARK_API_KEY" }\nscopes = ["*"]\n'
    )

    # when
    code = main(write(text=second))

    # then
    said = capsys.readouterr().err
    assert code == 1
    assert "store[wren].api_key[integration]: This key is in use already." in said
    assert "Nothing was changed." in said
    assert list(Store.objects.values_list("slug", flat=True)) == ["lark"]
    assert Organisation.objects.count() == 1


def test_the_last_owner_cannot_be_taken_down_by_a_file(write: Write) -> None:
    # given
    apply_file(write())

    # when
    with pytest.raises(Mistakes) as refused:
        apply_file(write(('role = "owner"', 'role = "agent"')))

    # then
    assert "last owner" in str(refused.value)
    with store_scope(Store.objects.get().pk):
        assert Staff.objects.get().role == "owner"


def test_a_key_revoked_on_the_pages_stays_revoked_until_the_file_brings_another(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    apply_file(write())
    store = Store.objects.get()
    with store_scope(store.pk):
        revoke_api_key(key=ApiKey.objects.get())

    # when, then
    apply_file(write())
    assert valid_key(KEY) is None
    monkeypatch.setenv("LARK_API_KEY", KEY[::-1])
    apply_file(write())
    assert valid_key(KEY[::-1]) is not None


def test_a_person_of_two_stores_gets_one_link(write: Write) -> None:
    # given
    path = write()
    path.write_text(
        path.read_text() + '\n[[store]]\nslug = "wren"\nname = "Wren"\n'
        '[[store.staff]]\nemail = "Owner@lark.example"\nrole = "agent"\n'
    )

    # when
    plan = apply_file(path)

    # then
    assert len(plan.links) == 1
    assert User.objects.count() == 1


NOTICES = """
[[store]]
slug = "lark"
name = "Lark"

[store.policies]
quiet_from = "20:00"
track_opens = true

[[store.notification]]
kind = "delayed"
enabled = false
channels = ["email", "sms"]

[[store.template]]
kind = "delivered"
locale = "en"
subject = "Here it is"
body_file = "delivered.mjml"
"""


def test_rules_texts_and_policies_are_applied_and_then_unchanged(
    write: Write, tmp_path: Path
) -> None:
    # given
    (tmp_path / "delivered.mjml").write_text("<mj-text>It is here.</mj-text>")
    path = write(text='[organisation]\nname = "Lark"\n' + NOTICES)

    # when
    first, second = apply_file(path), apply_file(path)
    path = write(("enabled = false", "delay_minutes = 5"), text=path.read_text())
    third = apply_file(path)

    # then
    assert (first.changes, second.changes, third.changes) == (4, 0, 1)
    store = Store.objects.get()
    assert store.policies == {"quiet_from": "20:00", "track_opens": True}
    with store_scope(store.pk):
        rule = settings_of_store()["delayed"]
        assert (rule.enabled, rule.delay_minutes, rule.media) == (False, 5, ("email", "sms"))
        assert Template.objects.get().current is not None


def test_mistakes_in_rules_and_texts_are_told(write: Write) -> None:
    with pytest.raises(Mistakes) as refused:
        apply_file(
            write(
                ('kind = "delayed"', 'kind = "delaid"\nwhen = { countrys = ["DE"] }'),
                ("enabled = false\n", ""),
                text='[organisation]\nname = "Lark"\n'
                + NOTICES.replace('body_file = "delivered.mjml"', 'body = "x"'),
            )
        )
    found = [str(mistake) for mistake in refused.value.mistakes]
    assert found[0].startswith("store[lark].notification[delaid].kind: There is no notification")
    assert "delayed" in found[0]
    assert found[1].startswith("store[lark].notification[delaid].when.countrys: ")


def test_a_broken_text_is_refused_and_nothing_is_made(write: Write) -> None:
    with pytest.raises(Mistakes) as refused:
        apply_file(
            write(
                ('body_file = "delivered.mjml"', 'body = "{% if %}{{"'),
                text='[organisation]\nname = "Lark"\n' + NOTICES,
            )
        )
    assert str(refused.value).startswith("store[lark].template[delivered]")
    assert not Store.objects.exists()


BUDGETS = """
[organisation]
name = "Lark"

[[store]]
slug = "lark"
name = "Lark"

[store.policies]
quiet_days = [6]
quiet_holidays = true
budgets = [{ purpose = "marketing", channel = "any", count = 2, hours = 168 }]
"""


def test_quiet_days_and_budgets_of_a_file_are_what_the_gate_asks(write: Write) -> None:
    first, second = (apply_file(write(text=BUDGETS)) for _ in range(2))
    assert (first.changes > 0, second.changes) == (True, 0)
    policy = policy_of(Store.objects.get())
    assert (policy.quiet_days, policy.quiet_holidays) == ((6,), True)
    assert policy.budgets == (Budget("marketing", "any", 2, 168),)
    with pytest.raises(Mistakes) as refused:
        apply_file(write(text=BUDGETS.replace("[6]", "[7]").replace('"any"', '"pigeon"')))
    said = " ".join(str(mistake) for mistake in refused.value.mistakes)
    assert "quiet_days" in said
    assert "channel" in said


STAGES = """
[organisation]
name = "Lark"

[[store]]
slug = "lark"
name = "Lark"

[[store.notification]]
kind = "dispatched"
channels = ["whatsapp", "sms", "email"]
waits = { whatsapp = 10 }

[store.notification.stages.complaining]
channels = ["used", "email"]
waits = { used = 30 }
"""


def test_a_channel_plan_of_a_file_is_applied_and_then_unchanged(write: Write) -> None:
    first, second = (apply_file(write(text=STAGES)) for _ in range(2))
    assert (first.changes > 0, second.changes) == (True, 0)
    with store_scope(Store.objects.get().pk):
        setting = settings_of_store()["dispatched"]
    assert setting.waits == {"whatsapp": 10}
    assert setting.stages["complaining"].to_json() == {
        "media": ["used", "email"],
        "waits": {"used": 30},
    }
    with pytest.raises(Mistakes):
        apply_file(write(text=STAGES.replace("complaining", "angry")))
