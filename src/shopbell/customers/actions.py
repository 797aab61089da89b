"""Writing people down, in batches.

Two facts speak of one customer when the shop's own id is the same, or else the e-mail address. A
phone number alone links only somebody without an e-mail address.
"""

from collections.abc import Collection, Sequence

from django.db import transaction

from shopbell.customers.events import CustomerAdded, CustomerDid, CustomersChanged
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.normalise import email_key, phone_key
from shopbell.customers.ports import Deed, Person
from shopbell.events.actions import emit, emit_many
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.text import one_line
from shopbell.web.live import announce

type Key = tuple[str, str]
_PROVEN = frozenset(IdentityKind.values) - {IdentityKind.EMAIL, IdentityKind.PHONE}


@transaction.atomic(savepoint=False)
def record_people(*, people: Sequence[Person], quiet: bool = False) -> list[Customer | None]:
    """Find or create the customer of each person, in order; None for a person without any address.

    `quiet`: history is being imported, nothing is news.
    """
    keys = [_keys(person) for person in people]
    known = _known({key for group in keys for key in group})
    added: list[Customer] = []
    new_identities: dict[Key, Identity] = {}
    changed: dict[str, Customer] = {}
    result: list[Customer | None] = []
    for person, group in zip(people, keys, strict=True):
        if not group:
            result.append(None)
            continue
        customer = next((known[key] for key in group if key in known), None)
        if customer is None:
            customer = _new_customer(person, group)
            customer.is_new = True
            added.append(customer)
        elif _refresh(customer, person):
            changed[str(customer.pk)] = customer
        for key in group:
            if key not in known:
                known[key] = customer
                new_identities[key] = Identity.fresh(
                    customer_id=customer.pk,
                    kind=key[0],
                    value=key[1],
                    verified=_is_proven(key[0], person),
                    source=person.source,
                )
        result.append(customer)
    Customer.objects.bulk_create(added)
    Identity.objects.bulk_create(new_identities.values())
    fresh = {customer.pk for customer in added}
    _save_changed([customer for customer in changed.values() if customer.pk not in fresh])
    if added and not quiet:
        emit(*[CustomerAdded(customer_id=customer.pk) for customer in added])
    _tell_changes([] if not quiet else added, changed.values())
    if added or changed:
        announce(current_store_id(), "customers")
    return result


def _tell_changes(silent: Collection[Customer], changed: Collection[Customer]) -> None:
    """Tell whoever keeps figures about people; in one event, since it is no news of any one."""
    told = [customer for customer in changed if customer.is_told_anew]
    for people, historic in ((silent, True), (told, False)):
        if people:
            keys = [str(customer.pk) for customer in people]
            emit(CustomersChanged(customer_ids=keys, about=["person"], historic=historic))


@transaction.atomic
def record_nameless() -> Customer:
    """Add somebody of whom nothing is known, not even an address, such as a withheld number."""
    customer = _new_customer(Person(source=""), [])
    customer.is_new = True
    customer.save(force_insert=True)
    emit(CustomerAdded(customer_id=customer.pk))
    announce(current_store_id(), "customers")
    return customer


@transaction.atomic
def confirm_address(*, customer: Customer, email: str) -> None:
    """Note that an e-mail address of a customer is really theirs, as somebody reliable says."""
    rows = Identity.objects.filter(customer=customer, kind=IdentityKind.EMAIL, verified=False)
    rows.filter(value=email_key(email)).update(verified=True)


@transaction.atomic
def choose_language(*, customer: Customer, locale: str) -> None:
    """Note the language a customer wants to be written to in, above what their shop says of it."""
    if locale == customer.chosen_locale:
        return
    customer.chosen_locale = customer.locale = locale
    customer.save(update_fields=["chosen_locale", "locale"])
    emit(CustomersChanged(customer_ids=[str(customer.pk)], about=["person"]))
    announce(customer.store_id, "customers", customer.pk)


@transaction.atomic
def record_deeds(*, deeds: Sequence[Deed]) -> list[Customer | None]:
    """Write down what people did; None for a deed whose person has no address or id at all."""
    found = record_people(people=[deed.person for deed in deeds])
    emit_many(
        [
            (
                CustomerDid(
                    customer_id=customer.pk, did=deed.did, data=deed.data, source=deed.person.source
                ),
                deed.occurred_at,
            )
            for customer, deed in zip(found, deeds, strict=True)
            if customer is not None
        ]
    )
    return found


def _is_proven(kind: str, person: Person) -> bool:
    if kind == IdentityKind.PHONE:
        return person.phone_verified
    return kind in _PROVEN or person.email_verified


def _keys(person: Person) -> list[Key]:
    """Return the identities of a person, strongest first."""
    keys: list[Key] = []
    if person.source_id:
        keys.append((IdentityKind.SHOP.value, f"{person.source}:{person.source_id}"[:320]))
    email = email_key(person.email)
    if email:
        keys.append((IdentityKind.EMAIL.value, email))
    phone = phone_key(person.phone, person.country)
    if phone and (person.phone_verified or not keys):
        keys.append((IdentityKind.PHONE.value, phone))
    if person.browser:
        keys.append((IdentityKind.BROWSER.value, person.browser[:320]))
    if person.handle is not None:
        keys.append((IdentityKind(person.handle[0]).value, person.handle[1][:320]))
    return keys


def _known(keys: set[Key]) -> dict[Key, Customer]:
    if not keys:
        return {}
    rows = (
        Identity.objects.select_related("customer")
        .filter(kind__in={key[0] for key in keys}, value__in={key[1] for key in keys})
        .order_by("created_at")
    )
    one_object: dict[object, Customer] = {}
    return {
        (row.kind, row.value): one_object.setdefault(row.customer_id, row.customer)
        for row in rows
        if (row.kind, row.value) in keys
    }


def _new_customer(person: Person, keys: list[Key]) -> Customer:
    return Customer.fresh(
        first_name=one_line(person.first_name),
        last_name=one_line(person.last_name),
        email=email_key(person.email),
        phone=phone_key(person.phone, person.country),
        locale=person.locale[:20],
        country=person.country[:2].upper(),
        source_updated_at=person.updated_at,
        first_seen_at=clock.now(),
        last_seen_at=clock.now(),
    )


def _refresh(customer: Customer, person: Person) -> bool:
    """Take over what is newer; never replace something by nothing. Return whether it changed."""
    newer = (
        person.updated_at is None
        or customer.source_updated_at is None
        or person.updated_at >= customer.source_updated_at
    )
    values = {
        "first_name": one_line(person.first_name),
        "last_name": one_line(person.last_name),
        "email": email_key(person.email),
        "phone": phone_key(person.phone, person.country),
        "locale": "" if customer.chosen_locale else person.locale[:20],
        "country": person.country[:2].upper(),
    }
    changed = False
    for name, value in values.items():
        old = getattr(customer, name)
        if value and value != old and (newer or not old):
            setattr(customer, name, value)
            changed = customer.is_told_anew = True
    if newer and person.updated_at and person.updated_at != customer.source_updated_at:
        customer.source_updated_at = person.updated_at
        changed = True
    return changed


def _save_changed(customers: list[Customer]) -> None:
    fields = ["first_name", "last_name", "email", "phone", "locale", "country", "source_updated_at"]
    if len(customers) > 8:
        Customer.objects.bulk_update(customers, fields)
        return
    for customer in customers:
        customer.save(update_fields=fields)
