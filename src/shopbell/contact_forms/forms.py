"""What the editor sends in."""

import json
from typing import Any

from django import forms

from shopbell.contact_forms.words import LANGUAGES, Words


class EditorForm(forms.Form):
    """A form as the editor holds it; `content` is checked by `definition`."""

    slug = forms.SlugField(max_length=40, required=False)
    languages = forms.MultipleChoiceField(
        choices=[(code, Words(code).own_name) for code in LANGUAGES]
    )
    is_open = forms.BooleanField(required=False)
    content = forms.CharField(max_length=200_000)

    def clean_content(self) -> Any:
        """Read the JSON."""
        try:
            return json.loads(self.cleaned_data["content"])
        except (ValueError, RecursionError):
            raise forms.ValidationError("This is not a form.") from None
