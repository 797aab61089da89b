"""Staff, API keys and the own profile."""

from typing import Any

from django import forms

from shopbell.accounts.actions import API_SCOPES
from shopbell.accounts.models import Role, Staff
from shopbell.accounts.permissions import may_grant

ROLE_HELP = {
    Role.OWNER: "Everything, and the last one cannot be removed",
    Role.ADMIN: "Everything",
    Role.SUPERVISOR: "Orders, customers, messages, templates; sees connections and settings",
    Role.AGENT: "Orders, customers and messages; can resend",
    Role.LIGHT: "May look, not change",
}
SCOPE_WORDS = {
    "events:write": "Post events",
    "orders:read": "Read orders",
    "orders:write": "Write orders",
    "shipments:read": "Read parcels",
    "shipments:write": "Write parcels",
    "products:read": "Read products",
    "products:write": "Write products",
    "customers:read": "Read customers",
    "customers:write": "Write customers",
    "messages:read": "Read messages and what became of them",
    "remedies:read": "Read refunds and other requests to the shop",
    "remedies:write": "Ask the shop for refunds and more, within an agent's limits",
    "remedies:approve": "Approve or decline such requests",
    "announcements:read": "Read announcements and what became of them",
    "announcements:write": "Write and stop announcements; they always wait for a person",
    "announcements:approve": "Agree to announcements in a person's name",
    "segments:read": "Read segments and who is in them",
    "segments:write": "Make and change segments",
    "campaigns:read": "Read campaigns and what became of them",
    "campaigns:write": "Write and stop campaigns; they always wait for a person",
    "campaigns:approve": "Agree to campaigns in a person's name",
}
EXPIRY = [("90", "90 days"), ("30", "30 days"), ("365", "One year"), ("", "Never")]


class InviteForm(forms.Form):
    """A new member of staff."""

    email = forms.EmailField(label="E-mail address", help_text="They sign in with it.")
    name = forms.CharField(max_length=200, required=False, label="Name")
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, initial=Role.AGENT)

    def __init__(self, *args: Any, by: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, f"{role.label}: {ROLE_HELP[role].lower()}")
            for role in Role
            if may_grant(by, role)
        ]


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        max_length=100, label="Name", help_text="What it is for, such as “warehouse import”."
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[
            ("*", "Everything"),
            *((scope, f"{SCOPE_WORDS.get(scope, scope)} ({scope})") for scope in API_SCOPES),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one or more."},
    )
    days = forms.ChoiceField(label="It ends after", choices=EXPIRY, required=False, initial="90")

    def clean_days(self) -> int | None:
        """Return days, None for a key that does not end."""
        days = self.cleaned_data["days"]
        return int(days) if days else None


class ProfileForm(forms.Form):
    """What a person is called."""

    name = forms.CharField(
        max_length=200, label="Your name", help_text="Colleagues see it beside what you did."
    )
