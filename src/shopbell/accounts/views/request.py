"""The request as `staff_page` leaves it, for type checking."""

from django.http import HttpRequest

from shopbell.accounts.models import Staff, Store, User


class StaffRequest(HttpRequest):
    """A request of a member of staff in a store."""

    user: User
    store: Store
    staff: Staff
    stores: list[Store]
