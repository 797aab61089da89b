"""Organisation, stores, staff and API keys of an apply file.

A newcomer's mistake: printing a sign-in link for everybody. Only a person who has just been made
and has no password gets one.
"""

from typing import Any

from shopbell.accounts import actions
from shopbell.accounts.models import ApiKey, Organisation, Staff, Store, User
from shopbell.consent.soft import soft_opt_in_of
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.kit.ids import digest
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import (
    STORE_FIELDS,
    ApiKeyKeys,
    File,
    StaffKeys,
    StoreKeys,
)
from shopbell.segments.actions import ask_anew


def apply_organisation(plan: Plan, file: File) -> Organisation | None:
    """Find, rename or create the organisation; None when the file names none and has no need.

    The organisation of the file's stores is renamed. A file whose stores are all new belongs to
    the organisation of that name.
    """
    slugs = [store.slug for store in file.store]
    present = Store.objects.filter(slug__in=slugs).select_related("organisation").first()
    if file.organisation is None:
        return (
            present.organisation if present else Organisation.objects.order_by("created_at").first()
        )
    name = file.organisation.name
    thing = f'organisation "{name}"'
    found = present.organisation if present else Organisation.objects.filter(name=name).first()
    if found is None:
        plan.add(thing, created=True)
        return actions.create_organisation(name=name)
    if found.name == name:
        plan.add(thing, created=False)
        return found
    plan.add(thing, created=False, details=(difference("name", found.name, name),))
    return actions.rename_organisation(organisation=found, name=name)


def apply_store(plan: Plan, organisation: Organisation | None, wanted: StoreKeys) -> Store:
    """Create the store or change the fields that the file names."""
    store = Store.objects.filter(slug=wanted.slug).first()
    fields = {
        name: getattr(wanted, name)
        for name in STORE_FIELDS
        if name in wanted.model_fields_set and getattr(wanted, name) is not None
    }
    if wanted.policies is not None:
        fields["policies"] = wanted.policies.model_dump(exclude_none=True, by_alias=True)
    thing = f"store {wanted.slug}"
    if store is None:
        if "name" not in fields:
            raise Invalid("A new store needs a name.", fields={"name": "This key is needed."})
        if organisation is None:
            raise Invalid("A new store needs an [organisation] with a name in the file.")
        plan.add(thing, created=True)
        return actions.create_store(organisation=organisation, slug=wanted.slug, **fields)
    if "policies" in fields:
        given = fields["policies"]
        fields["policies"] = {**store.policies, **given}
        for name in ("desk", "remedies"):  # tables: what the file does not name stays
            if whole := {**store.policies.get(name, {}), **given.get(name, {})}:
                fields["policies"][name] = whole
    changed = {name: value for name, value in fields.items() if getattr(store, name) != value}
    details = tuple(
        difference(name, getattr(store, name), value) for name, value in changed.items()
    )
    plan.add(thing, created=False, details=details)
    before = soft_opt_in_of(store)
    saved = actions.change_store(store=store, **changed) if changed else store
    if soft_opt_in_of(saved) != before:
        with store_scope(saved.pk):
            ask_anew(about="consent")
    return saved


def apply_staff(plan: Plan, store: Store, wanted: StaffKeys) -> None:
    """Give the person the role; a new person without a password gets a one-time link."""
    user = User.objects.filter(email__iexact=wanted.email).first()
    with store_scope(store.pk):
        staff = Staff.objects.filter(user=user).first() if user else None
        details = _staff_details(staff, user, wanted) if user else ()
        thing = f"staff {store.slug}/{wanted.email} ({wanted.role})"
        plan.add(thing, created=staff is None, details=() if staff is None else details)
        if staff is not None and staff.role != wanted.role:
            actions.change_role(staff=staff, role=wanted.role)
        if staff is None or details:
            member = actions.add_staff(
                store=store,
                email=wanted.email,
                name=wanted.name,
                role=wanted.role,
                password=wanted.password,
            ).user
            if wanted.name and member.name != wanted.name:
                actions.change_user(user=member, name=wanted.name)
    if user is None and wanted.password is None:
        made = User.objects.get(email__iexact=wanted.email)
        plan.links.append(
            (made.email, actions.create_login_link(user=made, life=actions.FIRST_LINK_LIFE))
        )


def _staff_details(staff: Staff | None, user: User, wanted: StaffKeys) -> tuple[str, ...]:
    details = []
    if staff is not None and staff.role != wanted.role:
        details.append(difference("role", staff.role, wanted.role))
    if wanted.name and user.name != wanted.name:
        details.append(difference("name", user.name, wanted.name))
    if wanted.password is not None and not user.check_password(wanted.password):
        details.append("a new password")
    return tuple(details)


def apply_api_key(plan: Plan, store: Store, wanted: ApiKeyKeys) -> None:
    """Make the key, or give the key of that name the file's scopes and secret."""
    thing = f"API key {store.slug}/{wanted.name}"
    with store_scope(store.pk):
        key = ApiKey.objects.filter(name=wanted.name).first()
        if key is None:
            plan.add(thing, created=True)
            _, raw = actions.create_api_key(name=wanted.name, scopes=wanted.scopes, raw=wanted.key)
            if wanted.key is None:
                plan.keys.append((f"{store.slug}/{wanted.name}", raw))
            return
        details = []
        changes: dict[str, Any] = {}
        if sorted(key.scopes) != sorted(wanted.scopes):
            old, new = " ".join(sorted(key.scopes)), " ".join(sorted(wanted.scopes))
            details.append(difference("scopes", old, new))
            changes["scopes"] = wanted.scopes
        if wanted.key is not None and digest(wanted.key) != key.key_hash:
            details.append("a new key")
            changes["raw"] = wanted.key
        note = "" if key.revoked_at is None or "raw" in changes else " [revoked on the pages]"
        plan.add(thing + note, created=False, details=tuple(details))
        if changes:
            actions.change_api_key(key=key, **changes)
