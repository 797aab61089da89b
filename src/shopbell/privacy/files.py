"""A customer's data as a file."""

from django.http import HttpResponse, JsonResponse

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.privacy.queries import data_of


def data_file(store: Store, customer: Customer) -> HttpResponse:
    """Return the file with a customer's data."""
    answer = JsonResponse(
        {"store": store.name, **data_of(customer)},
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    name = f"{store.slug}-data-{clock.now():%Y-%m-%d}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
