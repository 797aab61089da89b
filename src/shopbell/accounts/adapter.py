"""allauth's adapter: nobody signs up by themselves; people are invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closed sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Staff are invited, or made by `shopbell apply`."""
        return False
