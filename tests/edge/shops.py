"""Stores as providers see them: a signed connection and an API key each."""

from dataclasses import dataclass

from shopbell.accounts.actions import create_api_key, create_store
from shopbell.accounts.models import Organisation, Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection, Intake
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.ids import token
from tests.support.bell import signed
from tests.support.web import Answer, WebProcess


@dataclass(slots=True)
class Shop:
    """A store as a provider sees it."""

    store: Store
    connection: Connection
    secret: str
    key: str

    @property
    def path(self) -> str:
        """Its webhook address."""
        return f"/hooks/bell/{self.store.slug}/main"

    def post(self, web: WebProcess, body: bytes, bell_id: str, topic: str = "a/b") -> Answer:
        """Send a genuine webhook."""
        return web.ask("POST", self.path, body, signed(self.secret, body, bell_id, topic))


def make_shop(name: str) -> Shop:
    """Create a store whose short name no other test has: web processes remember names."""
    slug = f"{name}-{token(6).lower().replace('_', '-').strip('-')}"
    organisation = Organisation.objects.create(name=slug)
    store = create_store(organisation=organisation, slug=slug, name=name.title())
    secret = f"secret of {name}"
    connection = save_connection(
        store=store, family="shop", connector="bell", slug="main", settings={"secret": secret}
    )
    with store_scope(store.pk):
        _row, key = create_api_key(name="test", scopes=["events:write"])
    return Shop(store, connection, secret, key)


def stored() -> list[Intake]:
    """Return all rows of the intake, in order."""
    with unscoped("test"):
        return list(Intake.objects.order_by("id"))
