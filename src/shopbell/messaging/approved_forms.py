"""What a merchant writes for approved templates: a new one, and what fills the gaps of one."""

from collections.abc import Callable
from typing import Any

from django import forms

from shopbell.messaging.approved import FILE, gaps_of, on_top
from shopbell.messaging.catalogue import TextKind
from shopbell.messaging.models import ApprovedTemplate, ApprovedText
from shopbell.messaging.ports import ProviderTemplate, TemplateButton

_CODE = {"class": "source", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
LANGUAGES = (
    ("en", "English"), ("en_GB", "English (UK)"), ("en_US", "English (US)"), ("de", "German"),
    ("fr", "French"), ("es", "Spanish"), ("it", "Italian"), ("nl", "Dutch"), ("pl", "Polish"),
    ("pt_PT", "Portuguese"), ("pt_BR", "Portuguese (Brazil)"), ("sv", "Swedish"),
    ("da", "Danish"), ("tr", "Turkish"),
)  # fmt: skip
# What usually stands in the first gaps, by what the message is about.
_ABOUT_ORDERS = (
    '{{ customer.first_name | default: "there" }}',
    "{{ order.number }}",
    "{{ store.name }}",
    "{{ order.total | money }}",
)
_ABOUT_PARCELS = (
    '{{ customer.first_name | default: "there" }}',
    "{{ order.number }}",
    "{{ shipment.expected_text }}",
    "{{ shipment.tracking_number }}",
    "{{ shipment.carrier }}",
)
# The picture of what was bought, and the shop's logo where the product has none.
_PICTURE = "{{ order.lines[0].image_url | default: store.logo_url }}"
END_OF_LINK = '{{ links.track | split: "/" | last }}'


class NewTemplateForm(forms.Form):
    """A template to be approved."""

    name = forms.RegexField(
        regex=r"^[a-z0-9_]+$",
        max_length=200,
        label="Name",
        help_text="Small letters, digits and underscores, such as order_shipped. Only you see it.",
        error_messages={"invalid": "Use small letters, digits and underscores only."},
    )
    language = forms.ChoiceField(choices=LANGUAGES, label="Language")
    category = forms.ChoiceField(
        choices=(("utility", "Service: about an order they placed"),
                 ("marketing", "Marketing: offers, news, invitations")),
        label="What it is for",
        help_text="A text that has both counts as marketing, and Meta changes the category of what"
        " is filed wrongly. Marketing needs a permission of its own and is not always delivered.",
    )  # fmt: skip
    header = forms.CharField(
        required=False, max_length=60, label="Headline", help_text="Shown in bold. Without gaps."
    )
    body = forms.CharField(
        max_length=1024,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Gaps are {{1}}, {{2}} … in their order; none at the beginning or the end.",
    )
    examples = forms.CharField(
        required=False,
        label="Examples",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What could stand in each gap, one on each line. Who checks it reads them.",
    )
    footer = forms.CharField(required=False, max_length=60, label="Small print")
    button = forms.CharField(required=False, max_length=25, label="Button")
    link = forms.CharField(
        required=False,
        max_length=2000,
        label="Where the button leads",
        help_text="Such as https://your-shop.example/t/{{1}}; the gap stands at the end.",
    )

    def clean_header(self) -> str:
        """Refuse gaps in the headline: examples for them are not asked for here."""
        header = str(self.cleaned_data["header"])
        if "{{" in header:
            raise forms.ValidationError("The headline has no gaps.")
        return header

    def clean(self) -> dict[str, Any]:
        """Refuse half a button."""
        given = super().clean() or {}
        if bool(given.get("button")) != bool(given.get("link")):
            self.add_error("link", "A button needs words and an address.")
        elif given.get("link") and not str(given["link"]).startswith("https://"):
            self.add_error("link", "The address begins with https://.")
        return given

    def template(self) -> ProviderTemplate:
        """Return what was written."""
        given = self.cleaned_data
        lines = [line.strip() for line in given["examples"].splitlines()]
        button = TemplateButton("url", given["button"], given["link"]) if given["button"] else None
        return ProviderTemplate(
            name=given["name"],
            language=given["language"],
            category=given["category"],
            body=given["body"].replace("\r\n", "\n").strip(),
            header_kind="text" if given["header"] else "",
            header=given["header"],
            footer=given["footer"],
            examples=tuple(line for line in lines if line),
            buttons=(button,) if button else (),
        )


class GapsForm(forms.Form):
    """What fills the gaps of a chosen template."""

    def __init__(
        self,
        data: Any,
        *,
        template: ApprovedTemplate,
        kind: TextKind,
        chosen: ApprovedText | None,
    ) -> None:
        super().__init__(data)
        self.shape = gaps_of(template)
        known = chosen if chosen is not None and chosen.name == template.name else None
        self.fields.update(
            gap_fields(template, known, lambda part, place: _guess(kind, part, place))
        )

    def values(self) -> dict[str, list[str]]:
        """Return what was typed, checked or not, by part."""
        return {
            part: [
                str(self.data.get(f"{part}_{place}", self.fields[f"{part}_{place}"].initial))[:500]
                for place in range(len(gaps))
            ]
            for part, gaps in self.shape.items()
        }


def gap_fields(
    template: ApprovedTemplate, known: ApprovedText | None, guess: Callable[[str, int], str]
) -> dict[str, forms.Field]:
    """Return a field for each gap of a template, as body_0, header_0, buttons_0 …"""
    top = on_top(template)
    found: dict[str, forms.Field] = {}
    for part, gaps in gaps_of(template).items():
        stored = list(getattr(known, part)) if known is not None else []
        for place, gap in enumerate(gaps):
            guessed = guess(part, place) if gap != FILE else _picture(top)
            found[f"{part}_{place}"] = forms.CharField(
                max_length=500,
                initial=stored[place] if place < len(stored) else guessed,
                label=_label(part, gap) if gap != FILE else f"Address of the {top} on top",
                help_text=_ON_TOP_HELP.get(top, "") if gap == FILE else "",
                widget=forms.TextInput(attrs=_CODE),
            )
    return found


_ON_TOP_HELP = {
    "picture": "A JPEG or PNG on the web, the same for all (https://…), or as here: the picture of"
    " the first item, and your logo where it has none.",
    "video": "An MP4 on the web, the same for all: https://…",
    "document": "A PDF on the web, the same for all: https://…",
}


def _picture(top: str) -> str:
    return _PICTURE if top == "picture" else ""


def _label(part: str, gap: str) -> str:
    if part == "buttons":
        return f"End of the link “{gap}”"
    return f"{{{{{gap}}}}}" if part == "body" else f"Headline {{{{{gap}}}}}"


def _guess(kind: TextKind, part: str, place: int) -> str:
    if part == "buttons":
        return END_OF_LINK
    usual = _ABOUT_PARCELS if kind.about_parcel else _ABOUT_ORDERS
    return usual[place] if part == "body" and place < len(usual) else ""
