"""allauth's adapter: nobody signs up by themselves; people are invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closed sign-up; after a change of the password back to the profile."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Staff are invited, or made by `shopbell apply`."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go back to the profile."""
        return reverse("accounts:profile")
