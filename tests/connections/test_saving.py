"""Saving a connected account: what is refused, what is kept secret, what stays on an update."""

import uuid
from collections.abc import Iterator
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from shopbell.accounts.actions import create_store
from shopbell.accounts.models import Organisation, Store
from shopbell.connections.actions import delete_connection, save_connection, switch_off
from shopbell.connections.forms import ConnectionForm
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.ports import CONNECTORS, Account, Family, Health, Settings
from shopbell.connections.queries import account_of, connection_for
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConfigurationError, Invalid, NotFound

pytestmark = pytest.mark.django_db


class PostSettings(Settings):
    """Settings of the post office below."""

    host: str = Field(description="Where it is.")
    token: SecretStr = Field(description="The key to it.")
    old_token: SecretStr | None = Field(default=None, description="The key before.")
    from_: str = Field(default="Counter 1", alias="from", description="Where letters leave.")


class PostOffice:
    """A connector of its own for these tests; it needs no network."""

    key: ClassVar[str] = "post-office"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "Post office"
    summary: ClassVar[str] = "For tests."
    settings_model: ClassVar[type[Settings]] = PostSettings

    def check(self, account: Account) -> Health:
        """Say that all is well."""
        return Health(ok=True, summary="Fine.")


@pytest.fixture
def store() -> Iterator[Store]:
    CONNECTORS.register(PostOffice.key, PostOffice())
    yield create_store(organisation=Organisation.objects.create(name="O"), slug="lark", name="Lark")
    del CONNECTORS._items[PostOffice.key]


def saved(store: Store, **settings: object) -> Connection:
    return save_connection(
        store=store, family="shop", connector="post-office", slug="main", settings=dict(settings)
    )


def test_a_connector_sees_its_secrets_and_the_table_does_not(store: Store) -> None:
    row = saved(store, host="h.example", token="s3cret")
    account = account_of(connection_for("lark", "post-office", "main"))
    assert account.settings.token.get_secret_value() == "s3cret"
    assert account.webhook_url.endswith("/hooks/post-office/lark/main")
    assert "s3cret" not in str(row.settings) + str(row.secrets)


def test_a_secret_left_empty_keeps_the_old_one_and_none_erases_it(store: Store) -> None:
    sealed = saved(store, host="a", token="one", old_token="two").secrets
    row = saved(store, host="b", token="")
    assert row.secrets == sealed
    row = saved(store, host="b", old_token=None)
    assert set(row.secrets) == {"token"}
    assert row.settings == {"host": "b", "from": "Counter 1"}


def test_a_setting_named_like_a_word_of_python_keeps_its_name_outside(store: Store) -> None:
    # when
    row = saved(store, **{"host": "h", "token": "x", "from": "Counter 7"})
    form = ConnectionForm(None, connector=PostOffice(), connection=row)
    # then
    assert row.settings["from"] == "Counter 7"
    assert account_of(row).settings.from_ == "Counter 7"
    assert form["set-from"].value() == "Counter 7"
    assert form["set-from"].label == "From"


def test_a_channel_whose_settings_name_its_number_is_not_asked_for_an_address(store: Store) -> None:
    class Post(PostOffice):
        def address(self, settings: PostSettings) -> str:
            return settings.from_

    CONNECTORS._items[PostOffice.key] = Post()
    assert saved(store, host="h", token="x").address == "Counter 1"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"token": "x"}, "host"),
        ({"host": "h"}, "token"),
        ({"host": "h", "token": "x", "z": 1}, "z"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence_for_each_field(
    store: Store, settings: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        saved(store, **settings)
    assert caught.value.fields[field].endswith(".")
    with pytest.raises(NotFound):
        connection_for("lark", "post-office", "main")


def test_a_refusal_never_repeats_what_was_typed_into_a_secret(store: Store) -> None:
    with pytest.raises(Invalid) as caught:
        saved(store, host="h", token=["hush-hush"])
    assert "hush-hush" not in str(caught.value) + str(caught.value.fields)


@pytest.mark.parametrize("slug", ["", "Main", "a b", "-a", "a" * 61, "a/b"])
def test_a_short_name_that_cannot_stand_in_an_address_is_refused(store: Store, slug: str) -> None:
    with pytest.raises(Invalid):
        save_connection(
            store=store, family="shop", connector="post-office", slug=slug, settings={"host": "h"}
        )


def test_an_unknown_connector_and_a_wrong_family_are_refused(store: Store) -> None:
    for family, connector in (("shop", "nobody"), ("carrier", "post-office")):
        with pytest.raises(Invalid) as caught:
            save_connection(store=store, family=family, connector=connector, slug="x", settings={})
        assert "connector" in caught.value.fields


def test_a_ciphertext_moved_to_another_connection_does_not_open(store: Store) -> None:
    row = saved(store, host="h", token="one")
    with store_scope(store.pk):
        Connection.objects.create(
            store=store,
            family="shop",
            connector="post-office",
            slug="b",
            id=uuid.uuid4(),
            settings=row.settings,
            secrets=row.secrets,
        )
    with pytest.raises(ConfigurationError):
        account_of(connection_for("lark", "post-office", "b"))


def test_saving_a_switched_off_connection_uses_it_again(store: Store) -> None:
    row = switch_off(connection=saved(store, host="h", token="one"))
    assert row.state == ConnectionState.OFF
    assert saved(store, host="h", token="").state == ConnectionState.NEW


def test_a_deleted_connection_is_gone(store: Store) -> None:
    delete_connection(connection=saved(store, host="h", token="one"))
    with pytest.raises(NotFound):
        connection_for("lark", "post-office", "main")
