"""Where a sign-up counts at once (single opt-in) rather than by a link in a mail (double opt-in).

The store names the countries; none by default. A newcomer's mistake: taking the country of the
store for the person's. Where nobody knows the country, the mail is asked for.
"""

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.customers.zones import zones_by_country

KEY = "single_opt_in"


def single_opt_in_of(store: Store) -> tuple[str, ...]:
    """Return the countries in which a single opt-in is enough."""
    raw = (store.policies or {}).get(KEY)
    return tuple(str(each) for each in raw) if isinstance(raw, list) else ()


def country_of(*, own: str, customer: Customer | None) -> str:
    """Return the country that counts: the form's own, that of the address, of the zone, else ""."""
    if own or customer is None:
        return own.upper()
    return customer.country.upper() or _country_of_zone(customer.timezone)


def _country_of_zone(zone: str) -> str:
    found = [code for code, zones in zones_by_country().items() if zone in zones] if zone else []
    return found[0] if len(found) == 1 else ""


def is_single(store: Store, *, own: str, customer: Customer | None) -> str:
    """Return the country by which a single opt-in is enough; "" asks by mail."""
    country = country_of(own=own, customer=customer)
    return country if country in single_opt_in_of(store) else ""
