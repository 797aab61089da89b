"""Two stores with a person for each role, and clients that are signed in as them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.test import Client

from shopbell.accounts.actions import add_staff, create_store
from shopbell.accounts.models import Organisation, Role, Staff, Store, User
from shopbell.accounts.queries import staff_of_store
from shopbell.kit.db.scope import store_scope

PASSWORD = "a fine long phrase"

type SignIn = Callable[[User], Client]


@dataclass(frozen=True, slots=True)
class People:
    """A store with one member of staff for each role."""

    store: Store
    staff: dict[str, Staff]

    def user(self, role: str) -> User:
        return self.staff[role].user


def people_of(slug: str) -> People:
    organisation = Organisation.objects.create(name=slug)
    return add_people(create_store(organisation=organisation, slug=slug, name=slug.title()))


def add_people(store: Store) -> People:
    """Let a person for each role work in a store; who is there already stays."""
    slug = store.slug
    with store_scope(store.pk):
        known = {member.user.email: member for member in staff_of_store()}
    staff = {
        role: known.get(f"{role}@{slug}.example")
        or add_staff(store=store, email=f"{role}@{slug}.example", name=f"{role} {slug}", role=role)
        for role in Role.values
    }
    return People(store, staff)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
