"""Reads about stores, staff and keys."""

from uuid import UUID

from django.db.models import Q

from shopbell.accounts.models import ApiKey, Portrait, Staff, Store
from shopbell.kit import clock
from shopbell.kit.db.scope import unscoped
from shopbell.kit.errors import NotFound
from shopbell.kit.ids import digest

PER_MINUTE = 600


def store_by_slug(slug: str) -> Store:
    """Return the store or raise `NotFound`."""
    store = Store.objects.filter(slug=slug).first()
    if store is None:
        raise NotFound(f"There is no store {slug!r}.")
    return store


def store_by_id(store_id: int) -> Store:
    """Return the store or raise `NotFound`."""
    store = Store.objects.filter(pk=store_id).first()
    if store is None:
        raise NotFound("There is no such store.")
    return store


def stores_of(user_id: int) -> list[Store]:
    """Return the stores a user works for, by name."""
    with unscoped("sign-in: stores of a person"):
        rows = Staff.objects.filter(user_id=user_id).select_related("store")
        return sorted((row.store for row in rows), key=lambda store: store.name.lower())


def anybody_works_here() -> bool:
    """Return whether this installation has staff at all; without, the first set-up is open."""
    with unscoped("set-up: is there anybody yet"):
        return Staff.objects.exists()


def staff_of_store() -> list[Staff]:
    """Return the staff of the store in scope, by name."""
    return list(Staff.objects.select_related("user").order_by("user__name", "user__email"))


def staff_member(member_id: UUID) -> Staff:
    """Return a member of staff of the store in scope or raise `NotFound`."""
    found = Staff.objects.select_related("user").filter(pk=member_id).first()
    if found is None:
        raise NotFound("Nobody like that works here.", remedy="Go back to the list.")
    return found


def api_key(key_id: UUID) -> ApiKey:
    """Return an API key of the store in scope or raise `NotFound`."""
    found = ApiKey.objects.filter(pk=key_id).first()
    if found is None:
        raise NotFound("There is no such key.", remedy="Go back to the list.")
    return found


def keys_of_store() -> list[ApiKey]:
    """Return the API keys of the store in scope, valid ones first, then by name."""
    rows = ApiKey.objects.select_related("created_by").order_by("name")
    return sorted(rows, key=lambda key: key.revoked_at is not None)


def valid_key(raw: str) -> ApiKey | None:
    """Return the API key that `raw` is, if it is known, not revoked and not expired."""
    if not 32 <= len(raw) <= 200:
        return None
    now = clock.now()
    with unscoped("API sign-in"):
        return (
            ApiKey.objects.select_related("store")
            .filter(key_hash=digest(raw), revoked_at=None)
            .filter(Q(expires_at=None) | Q(expires_at__gt=now))
            .first()
        )


def key_allows(key: ApiKey, scope: str) -> bool:
    """Return whether the key has `scope` (`orders:read`) or a wildcard for it."""
    area = scope.split(":")[0]
    return bool({"*", f"{area}:*", scope} & set(key.scopes))


def requests_per_minute(key: ApiKey) -> int:
    """Return how many requests a minute the key may make; the store's policy may say."""
    wanted = key.store.policies.get("api_per_minute", PER_MINUTE)
    return wanted if isinstance(wanted, int) and wanted > 0 else PER_MINUTE


def picture_of_store(mark: str) -> bytes:
    """Return the picture of somebody who works in the store in scope.

    Raises:
        NotFound: nobody here has it.
    """
    here = Staff.objects.values("user_id")
    found = Portrait.objects.filter(mark=mark, user_id__in=here).first()
    if found is None:
        raise NotFound("There is no such picture.")
    return bytes(found.png)
