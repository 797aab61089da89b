"""The store's own data, on the settings page and in the first set-up.

A newcomer's mistake: a form of all fields of the model. What a page may change is listed here, and
nothing else changes whatever is posted.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.text import slugify

from shopbell.accounts.choices import currency_choices, locale_choices, timezone_choices
from shopbell.accounts.models import Store, User
from shopbell.web.widgets import LongSelect

COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour such as #a86a0b.")
_DOMAIN = RegexValidator(
    re.compile(
        r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$", re.IGNORECASE
    ),
    "Write a domain such as lark.example, without https://.",
)


class StoreForm(forms.Form):
    """Everything about a store that its owner decides."""

    name = forms.CharField(
        max_length=200, label="Store name", help_text="Customers read it as the sender."
    )
    locale = forms.ChoiceField(
        label="Language",
        help_text="For customers whose own language is not known.",
    )
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=timezone_choices,
        widget=LongSelect,
        help_text="For dates, and for quiet hours of customers whose place is not known.",
    )
    currency = forms.ChoiceField(label="Currency", help_text="For amounts that name none.")
    domain = forms.CharField(
        max_length=253,
        required=False,
        validators=[_DOMAIN],
        label="Sender domain",
        help_text="The part after the @ of your addresses. <code>shopbell doctor</code> "
        "checks its records.",
    )
    url = forms.URLField(required=False, label="Shop address", help_text="Where customers buy.")
    logo_url = forms.URLField(
        required=False,
        label="Logo address",
        help_text="An image on the web, about 400 × 120. Without one the name is written.",
    )
    brand_colour = forms.CharField(
        validators=[COLOUR],
        label="Brand colour",
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text="For buttons in mails and on the tracking page. Kept readable on light and dark.",
    )
    postal_address = forms.CharField(
        max_length=300,
        required=False,
        label="Postal address",
        help_text="Stands at the foot of every mail; in many countries the law wants it.",
    )
    help_url = forms.URLField(
        required=False, label="Help page", help_text="Linked in messages and on the tracking page."
    )
    help_email = forms.EmailField(
        required=False, label="Help address", help_text="Where answers to messages go."
    )
    phone = forms.CharField(max_length=40, required=False, label="Telephone")
    hours = forms.CharField(
        max_length=200,
        required=False,
        label="Opening hours",
        help_text="Such as Mon to Fri, 9 to 17.",
    )
    quiet_from = forms.TimeField(
        label="Quiet from",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Messages that can wait are not sent in quiet hours, where the customer lives.",
    )
    quiet_until = forms.TimeField(
        label="Quiet until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    track_opens = forms.BooleanField(
        required=False,
        label="Note when mails are opened",
        help_text="Only for customers who allow it. Often wrong, because mail programs load "
        "pictures by themselves.",
    )

    track_clicks = forms.BooleanField(
        required=False,
        label="Count who follows links in offers",
        help_text="Only for customers who allow it. Links then lead through this server, which "
        "sends people on at once. What mail filters open is told apart.",
    )

    POLICIES: ClassVar = ("quiet_from", "quiet_until", "track_opens", "track_clicks")

    def __init__(self, data: Mapping[str, Any] | None = None, *, store: Store) -> None:
        fields = [name for name in self.base_fields if name not in self.POLICIES]
        policies = {"quiet_from": "21:00", "quiet_until": "08:00", **store.policies}
        initial = {name: getattr(store, name) for name in fields} | {
            name: policies.get(name) for name in self.POLICIES
        }
        super().__init__(data, initial=initial)
        self.fields["locale"].choices = locale_choices(store.locale)  # type: ignore[attr-defined]
        self.fields["currency"].choices = currency_choices(store.currency)  # type: ignore[attr-defined]
        self._policies = store.policies

    def changes(self) -> dict[str, Any]:
        """Return the fields for `change_store`."""
        values = dict(self.cleaned_data)
        policies = {
            "quiet_from": values.pop("quiet_from").strftime("%H:%M"),
            "quiet_until": values.pop("quiet_until").strftime("%H:%M"),
            "track_opens": values.pop("track_opens"),
            "track_clicks": values.pop("track_clicks"),
        }
        return {**values, "policies": {**self._policies, **policies}}


class SetupForm(forms.Form):
    """The first store and its owner."""

    store_name = forms.CharField(
        max_length=200, label="Store name", help_text="Customers read it as the sender."
    )
    slug = forms.SlugField(
        max_length=60,
        required=False,
        label="Short name",
        help_text="Stands in addresses, such as /s/lark/. Left empty, it is made from the name.",
    )
    organisation = forms.CharField(
        max_length=200,
        required=False,
        label="Company",
        help_text="If it is called differently from the store.",
    )
    locale = forms.ChoiceField(label="Language", choices=locale_choices)
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=timezone_choices,
        initial="Europe/Berlin",
        widget=LongSelect,
    )
    currency = forms.ChoiceField(label="Currency", choices=currency_choices)
    domain = forms.CharField(
        max_length=253,
        required=False,
        validators=[_DOMAIN],
        label="Sender domain",
        help_text="The part after the @ of your addresses, such as lark.example.",
    )
    name = forms.CharField(max_length=200, label="Your name")
    email = forms.EmailField(label="Your e-mail address", help_text="You sign in with it.")
    password = forms.CharField(
        label="A password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Ten characters or more. A sentence is easy to remember and hard to guess.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:  # once somebody has chosen, the browser guesses no more
            self.fields["timezone"].widget.attrs["data-guess-timezone"] = ""

    def clean_slug(self) -> str:
        """Make a short name out of the store's name if none is given."""
        made = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("store_name", ""))[:60]
        slug = str(made).replace("_", "-").lower().strip("-")
        return slug or "store"

    def clean_password(self) -> str:
        """Refuse passwords that are guessed first."""
        password = str(self.cleaned_data["password"])
        try:
            validate_password(
                password,
                User(
                    email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", "")
                ),
            )
        except ValidationError as error:
            raise forms.ValidationError(error.messages) from None
        return password
