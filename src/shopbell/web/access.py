"""Who may open a view, as data on the view: `view.access`. A view without it fails the build.

A newcomer's mistake: thinking that the mark protects anything. `public_page` only declares;
checking is done by the decorators of `shopbell.accounts.permissions`, which set the same mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

ATTRIBUTE = "access"


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares about its visitors.

    `permission` is a name such as `orders:read` (kind "staff" and "api"); `reason` says why a view
    is open to everybody (kind "public").
    """

    kind: Literal["public", "staff", "signed_in", "api"]
    permission: str = ""
    reason: str = ""


def declare[View: Callable[..., Any]](view: View, access: Access) -> View:
    """Set the mark on a view and return the view."""
    setattr(view, ATTRIBUTE, access)
    return view


def access_of(view: Callable[..., Any]) -> Access | None:
    """Return what the view declared, looking through class-based views too."""
    found = getattr(view, ATTRIBUTE, None)
    if found is None:
        found = getattr(getattr(view, "view_class", None), ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def public_page[View: Callable[..., Any]](reason: str) -> Callable[[View], View]:
    """Declare a view open to everybody; `reason` says why that is right."""
    if not reason:
        raise ValueError("a public page needs a reason")

    def mark(view: View) -> View:
        return declare(view, Access(kind="public", reason=reason))

    return mark
