"""Writes about stores, staff, keys and sign-in links. One function per verb, atomic."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from shopbell.accounts.models import (
    ApiKey,
    LoginLink,
    Organisation,
    Portrait,
    Role,
    Staff,
    Store,
    User,
)
from shopbell.accounts.permissions import may_grant
from shopbell.accounts.queries import anybody_works_here, stores_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Conflict, Forbidden, Invalid, NotFound
from shopbell.kit.ids import digest, keyed, token
from shopbell.kit.pictures import clean_png

API_SCOPES = (
    "events:write",
    "orders:read",
    "orders:write",
    "shipments:read",
    "shipments:write",
    "products:read",
    "products:write",
    "customers:read",
    "customers:write",
    "messages:read",
    "notifications:read",
    "notifications:write",
    "conversations:read",
    "conversations:write",
    "conversations:manage",
    "remedies:read",
    "remedies:write",
    "remedies:approve",
    "announcements:read",
    "announcements:write",
    "announcements:approve",
    "segments:read",
    "segments:write",
    "campaigns:read",
    "campaigns:write",
    "campaigns:approve",
)
LINK_LIFE = timedelta(minutes=10)
FIRST_LINK_LIFE = timedelta(hours=24)
_SETUP_LOCK = 0x5B0_5E7


@transaction.atomic
def create_organisation(*, name: str) -> Organisation:
    """Create an organisation."""
    return Organisation.objects.create(name=name)


@transaction.atomic
def rename_organisation(*, organisation: Organisation, name: str) -> Organisation:
    """Give an organisation another name."""
    organisation.name = name
    organisation.save(update_fields=["name"])
    return organisation


@transaction.atomic
def create_store(*, organisation: Organisation, slug: str, name: str, **fields: object) -> Store:
    """Create a store. Raises `Conflict` if the slug is taken, `Invalid` for a bad time zone."""
    _check_store_fields(fields)
    if Store.objects.filter(slug=slug).exists():
        raise Conflict(f"A store with the short name {slug!r} exists already.")
    return Store.objects.create(organisation=organisation, slug=slug, name=name, **fields)


@transaction.atomic
def change_store(*, store: Store, **fields: object) -> Store:
    """Set fields of a store; returns it."""
    _check_store_fields(fields)
    for name, value in fields.items():
        setattr(store, name, value)
    store.save(update_fields=list(fields))
    return store


def _check_store_fields(fields: dict[str, object]) -> None:
    zone = fields.get("timezone")
    if zone is not None and zone not in available_timezones():
        raise Invalid(
            f"{zone!r} is not a time zone.",
            fields={"timezone": "Use a name such as Europe/Berlin."},
        )


@transaction.atomic
def add_staff(
    *, store: Store, email: str, name: str = "", role: str, password: str | None = None
) -> Staff:
    """Give a person a role in the store; creates the user if the address is new."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        user = User.objects.create_user(email=email.strip(), name=name, password=password)
    elif password and not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    with store_scope(store.pk):
        staff, _ = Staff.objects.update_or_create(
            store=store, user=user, defaults={"role": Role(role).value}
        )
    return staff


@transaction.atomic
def change_user(*, user: User, name: str) -> User:
    """Change what a person is called, in all their stores."""
    user.name = name
    user.save(update_fields=["name"])
    return user


@transaction.atomic
def save_portrait(*, user: User, content: bytes) -> Portrait:
    """Keep a person's picture, with nothing in the file but the picture.

    Raises:
        Invalid: it is no small PNG.
    """
    png = clean_png(content)
    mark = hashlib.sha256(png).hexdigest()[:24]
    row, _ = Portrait.objects.update_or_create(user=user, defaults={"png": png, "mark": mark})
    _show_face(user, mark)
    return row


@transaction.atomic
def drop_portrait(*, user: User) -> None:
    """Show initials again."""
    Portrait.objects.filter(user=user).delete()
    _show_face(user, "")


def _show_face(user: User, mark: str) -> None:
    user.face = mark
    user.save(update_fields=["face"])


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new member of staff. `link` is empty for somebody who has an account already."""

    staff: Staff
    link: str


@transaction.atomic
def invite_staff(*, store: Store, by: Staff, email: str, name: str, role: str) -> Invitation:
    """Give somebody a role, never above that of `by`; a new person gets a sign-in link.

    A link would open the whole account, so whoever has one elsewhere signs in as usual.
    """
    _check_rank(by, role)
    known = User.objects.filter(email__iexact=email.strip()).first()
    with store_scope(store.pk):
        if known is not None and Staff.objects.filter(user=known).exists():
            raise Conflict(
                f"{known.email} works for this store already.",
                remedy="Change the role in the list.",
            )
    staff = add_staff(store=store, email=email, name=name, role=role)
    link = "" if known else create_login_link(user=staff.user, life=FIRST_LINK_LIFE)
    return Invitation(staff, link)


def renew_link(*, staff: Staff, by: Staff) -> str:
    """Return a new sign-in link for somebody who works for this store only, and not above `by`.

    Call it outside a store's scope: it has to look at the person's other stores.
    """
    _check_rank(by, staff.role)
    if len(stores_of(staff.user_id)) > 1:
        raise Forbidden(
            f"{staff.user} works for other stores too, and a link would open those as well.",
            remedy="They can sign in as usual, or ask whoever runs this server for a link.",
        )
    return create_login_link(user=staff.user, life=FIRST_LINK_LIFE)


@transaction.atomic
def remove_staff(*, staff: Staff, by: Staff | None = None) -> None:
    """Take a person off the store. The last owner cannot be removed."""
    if by is not None:
        _check_rank(by, staff.role)
    _keep_an_owner(staff)
    staff.delete()


@transaction.atomic
def change_role(*, staff: Staff, role: str, by: Staff | None = None) -> Staff:
    """Change a role. The last owner stays owner; nobody gives or takes a role above their own."""
    if by is not None:
        _check_rank(by, staff.role)
        _check_rank(by, role)
    if role != Role.OWNER:
        _keep_an_owner(staff)
    staff.role = Role(role).value
    staff.save(update_fields=["role"])
    return staff


def _check_rank(by: Staff, role: str) -> None:
    if not may_grant(by, role):
        raise Forbidden(
            f"Your role ({by.get_role_display()}) is below {Role(role).label}.",
            remedy="Ask an owner of the store.",
        )


def _keep_an_owner(staff: Staff) -> None:
    if staff.role != Role.OWNER:
        return
    # Locked, so that two owners who remove each other at once cannot both succeed.
    owners = Staff.objects.select_for_update().filter(store_id=staff.store_id, role=Role.OWNER)
    if not any(owner.pk != staff.pk for owner in owners):
        raise Conflict(
            "This is the last owner of the store.", remedy="Make somebody else an owner first."
        )


@transaction.atomic
def create_api_key(
    *,
    name: str,
    scopes: list[str],
    raw: str | None = None,
    created_by: User | None = None,
    days: int | None = None,
) -> tuple[ApiKey, str]:
    """Create a key for the store in scope. Returns it and the raw key, shown only once.

    `raw` sets the key oneself (32 characters or more). `days` None means it does not expire.
    """
    _check_scopes(scopes)
    secret = raw or f"sb_{token(32)}"
    _check_secret(secret)
    if ApiKey.objects.filter(name=name).exists():
        raise Conflict(f"A key named {name!r} exists already.", remedy="Choose another name.")
    key = ApiKey(
        name=name,
        prefix=secret[:8],
        key_hash=digest(secret),
        scopes=scopes,
        created_by=created_by,
        expires_at=clock.now() + timedelta(days=days) if days else None,
    )
    _save_key(key)
    return key, secret


@transaction.atomic
def change_api_key(
    *, key: ApiKey, scopes: list[str] | None = None, raw: str | None = None
) -> ApiKey:
    """Change the scopes, or replace the secret, which makes a revoked key valid again."""
    if scopes is not None:
        _check_scopes(scopes)
        key.scopes = scopes
    if raw is not None:
        _check_secret(raw)
        key.prefix, key.key_hash, key.revoked_at = raw[:8], digest(raw), None
    _save_key(key)
    return key


def _check_scopes(scopes: list[str]) -> None:
    areas = {f"{scope.split(':')[0]}:*" for scope in API_SCOPES}
    unknown = [scope for scope in scopes if scope not in {"*", *API_SCOPES, *areas}]
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scopes: {', '.join(unknown) or 'none given'}.",
            fields={"scopes": "Pick from the list."},
        )


def _check_secret(raw: str) -> None:
    if not 32 <= len(raw) <= 200:
        raise Invalid("An API key needs 32 to 200 characters.", fields={"key": "Wrong length."})


def _save_key(key: ApiKey) -> None:
    """Save; the hash is unique over all stores, so that a key always means one store."""
    try:
        with transaction.atomic():
            key.save()
    except IntegrityError:
        raise Conflict("This key is in use already.", remedy="Choose another secret.") from None


def note_key_use(*, key: ApiKey) -> None:
    """Remember that a key was used, once a minute at most."""
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


@transaction.atomic
def revoke_api_key(*, key: ApiKey) -> None:
    """Revoke a key at once; it stays listed."""
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])


@transaction.atomic
def create_login_link(*, user: User, life: timedelta = LINK_LIFE) -> str:
    """Return a URL that signs `user` in once. Only the token's hash is kept."""
    secret = token(32)
    LoginLink.objects.create(user=user, token_hash=digest(secret), expires_at=clock.now() + life)
    return f"{settings.BASE_URL}/account/link/{secret}"


@transaction.atomic
def use_login_link(*, secret: str) -> User:
    """Consume a link and return its user. Raises `NotFound` if it is unknown, used or expired."""
    link = (
        LoginLink.objects.select_for_update()
        .select_related("user")
        .filter(token_hash=digest(secret), used_at=None, expires_at__gt=clock.now())
        .first()
    )
    if link is None or not link.user.is_active:
        raise NotFound(
            "This sign-in link is used up or too old.",
            remedy="Run “shopbell login-link” on the server for a new one, "
            "or sign in with your password.",
        )
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    return link.user


def setup_key() -> str:
    """Return the secret that opens the first set-up page, the same until somebody has used it."""
    return keyed(settings.SECRET_KEY, "setup", length=32)


@transaction.atomic
def set_up_first_store(
    *,
    organisation: str,
    slug: str,
    name: str,
    owner_email: str,
    owner_name: str,
    owner_password: str,
    **fields: object,
) -> Staff:
    """Create the first organisation, store and owner; `Conflict` if there is staff already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
    if anybody_works_here():
        raise Conflict(
            "Shopbell is set up already.", remedy="Sign in, or ask an owner to invite you."
        )
    place = create_store(
        organisation=create_organisation(name=organisation), slug=slug, name=name, **fields
    )
    return add_staff(
        store=place, email=owner_email, name=owner_name, role=Role.OWNER, password=owner_password
    )


def first_login_link() -> str:
    """Return a sign-in link for the first owner, or the set-up address if there is nobody yet."""
    with unscoped("start: who is the first owner"):
        owners = Staff.objects.filter(role=Role.OWNER).select_related("user")
        staff = owners.order_by("created_at").first()
    if staff is None:
        return f"{settings.BASE_URL}/setup/?key={setup_key()}"
    return create_login_link(user=staff.user, life=FIRST_LINK_LIFE)
