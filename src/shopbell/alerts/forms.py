"""What comes in: how somebody wants to learn of each kind of news."""

from django import forms

from shopbell.alerts.kinds import KINDS, ByMail


class DeviceForm(forms.Form):
    """A browser's subscription, as `PushSubscription` gives it."""

    endpoint = forms.URLField(max_length=1000, assume_scheme="https")
    key = forms.RegexField(r"^[A-Za-z0-9_-]{87}$")
    secret = forms.RegexField(r"^[A-Za-z0-9_-]{22}$")
    name = forms.CharField(max_length=120, required=False)

    def clean_endpoint(self) -> str:
        """Refuse what is no address of a push service."""
        endpoint = str(self.cleaned_data["endpoint"])
        if not endpoint.startswith("https://"):
            raise forms.ValidationError("Push services have https addresses.")
        return endpoint


class ChoiceForm(forms.Form):
    """A matrix: for each kind `page-<kind>`, `push-<kind>`, `mail-<kind>`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for key in KINDS:
            self.fields[f"page-{key}"] = forms.BooleanField(required=False)
            self.fields[f"push-{key}"] = forms.BooleanField(required=False)
            self.fields[f"mail-{key}"] = forms.ChoiceField(choices=[(m, m) for m in ByMail])
