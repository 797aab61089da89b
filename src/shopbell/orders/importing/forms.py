"""The upload form."""

from django import forms

from shopbell.orders.importing.columns import PLANS

PAGE_BYTES = 24_000_000
NOUNS = [(noun, noun.capitalize()) for noun in PLANS]


class UploadForm(forms.Form):
    """A CSV file and what is in it."""

    noun = forms.ChoiceField(label="What is in the file", choices=NOUNS)
    file = forms.FileField(
        label="CSV file",
        help_text="Up to 24 MB and 200,000 rows here, up to 50 MB in the terminal. "
        "The first row holds the headings.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def clean_file(self) -> object:
        """Refuse what is larger than the door lets in."""
        file = self.cleaned_data["file"]
        if file.size > PAGE_BYTES:
            raise forms.ValidationError(
                "This file is larger than 24 MB. Import it in the terminal."
            )
        return file
