"""What comes in from the pages: whom it affects, what is said, how far one person may go alone."""

from collections.abc import Mapping
from typing import Any, ClassVar

from babel.core import Locale, UnknownLocaleError
from django import forms
from django.utils.datastructures import MultiValueDict

from shopbell.accounts.models import Store
from shopbell.announcements.actions.drafting import HOLDABLE, Manner
from shopbell.announcements.approved import chosen_for
from shopbell.announcements.audience import ORDERS, PARCELS, Affected
from shopbell.announcements.models import Announcement, Telling
from shopbell.announcements.queries import carriers_in_use
from shopbell.announcements.words import Words
from shopbell.messaging.approved import gaps_of
from shopbell.messaging.approved_forms import END_OF_LINK, gap_fields
from shopbell.messaging.chosen import Choice, choices_in, template_inbox
from shopbell.messaging.library import language_name
from shopbell.messaging.models import ApprovedTemplate
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.notifications.forms import CountriesField, WordsField
from shopbell.notifications.kinds import KINDS
from shopbell.notifications.queries import settings_of_store

HOURS = [(6, "6 hours"), (12, "12 hours"), (24, "a day"), (48, "2 days"), (168, "a week")]


class AffectedForm(forms.Form):
    """Which orders are affected. All that is filled in must hold."""

    name = forms.CharField(
        max_length=120,
        label="What happened",
        help_text="For your team, such as <q>DHL strike in Berlin</q>. Customers do not read it.",
    )
    carriers = forms.MultipleChoiceField(
        required=False, label="Carrier", widget=forms.CheckboxSelectMultiple
    )
    countries = CountriesField(label="Country", help_text="Two letters, such as DE, AT.")
    postcodes = WordsField(
        label="Postcode begins with", help_text="Such as 10, 12 for parts of Berlin."
    )
    products = WordsField(label="Product", help_text="SKUs, or words of the title.")
    orders = forms.MultipleChoiceField(
        required=False,
        label="Order is",
        choices=list(ORDERS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    parcels = forms.MultipleChoiceField(
        required=False,
        label="Parcel is",
        choices=list(PARCELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    placed_from = forms.DateField(
        required=False, label="Ordered from", widget=forms.DateInput(attrs={"type": "date"})
    )
    placed_until = forms.DateField(
        required=False, label="until", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, announcement: Announcement | None = None
    ) -> None:
        known = announcement.affected if announcement else {"orders": ["open"]}
        name = announcement.name if announcement else ""
        super().__init__(data, initial={"name": name, **known})
        carriers = carriers_in_use()
        named = known.get("carriers", [])
        chosen = named if isinstance(named, list) else []
        choices = list(dict.fromkeys([*carriers, *chosen]))
        self.fields["carriers"].choices = [(each, each) for each in choices]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["carriers"]

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins, and no condition at all."""
        values = super().clean() or {}
        begin, end = values.get("placed_from"), values.get("placed_until")
        if begin and end and end < begin:
            self.add_error("placed_until", "It ends before it begins.")
        elif not self.errors and self.affected.is_empty:
            self.add_error(
                None, "Say at least one thing about the orders: everybody is hardly meant."
            )
        return values

    @property
    def affected(self) -> Affected:
        """The conditions."""
        return Affected.of({k: v for k, v in self.cleaned_data.items() if k != "name"})


class WordsForm(forms.Form):
    """What is said in each language, over which channels, and what waits meanwhile."""

    channels = forms.MultipleChoiceField(
        label="Channels, the first that works",
        widget=forms.CheckboxSelectMultiple,
        help_text="In your store's order. Each customer gets it once, over one of them.",
    )
    useful_hours = forms.TypedChoiceField(
        choices=HOURS,
        coerce=int,
        label="Still useful for",
        help_text="Whoever cannot be told until then is left out.",
    )
    in_quiet_hours = forms.BooleanField(
        required=False,
        label="Also in quiet hours",
        help_text="Only if it cannot wait until morning.",
    )
    holds = forms.MultipleChoiceField(
        required=False,
        label="Hold these notifications",
        choices=[(key, KINDS[key].title) for key in HOLDABLE],
        widget=forms.CheckboxSelectMultiple,
        help_text="For the people affected, until it is over. Then they are sent if still of use.",
    )

    PARTS: ClassVar = (
        ("text", "Message", 1200),
        ("subject", "Subject, for mails", 200),
        ("mail", "Longer, for mails", 20_000),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, telling: Telling, store: Store
    ) -> None:
        super().__init__(
            data,
            initial={
                "channels": telling.media,
                "useful_hours": telling.useful_hours,
                "in_quiet_hours": telling.in_quiet_hours,
                "holds": telling.announcement.holds,
            },
        )
        plan = settings_of_store()["delayed"].media
        media = list(dict.fromkeys([*plan, *telling.media, *TELLING]))
        self.fields["channels"].choices = [(str(each), medium_title(each)) for each in media]  # type: ignore[attr-defined]
        if not telling.is_first:
            del self.fields["holds"], self.fields["channels"]
        self.template: ApprovedTemplate | None = None
        self._offer_template(data, telling)
        self.main = store.locale
        self.locales = self._locales(data, telling, store)
        for locale in self.locales:
            for part, label, longest in self.PARTS:
                self.fields[f"{locale}-{part}"] = self._field(
                    label,
                    longest,
                    telling.texts.get(locale, {}).get(part, ""),
                    part,
                    part == "text" and locale == store.locale,
                )
        self.telling = telling

    def _offer_template(self, data: Mapping[str, Any] | None, telling: Telling) -> None:
        """Offer the approved templates, and the gaps of the chosen one."""
        inbox = template_inbox()
        known = chosen_for(telling)
        offered = choices_in(inbox) if inbox is not None else {}
        if not offered:
            return
        labels = [
            (name, f"{name} (marketing)" if row.category == "marketing" else name)
            for name, row in offered.items()
        ]
        asked = data.get("template", "") if data is not None else known.name if known else ""
        self.fields["template"] = forms.ChoiceField(
            required=False,
            choices=[("", "none: the next channel"), *labels],
            initial=asked,
            label="Approved template",
        )
        self.template = offered.get(str(asked))
        if self.template is not None:
            fitting = known if known is not None and known.name == self.template.name else None
            fields = gap_fields(self.template, fitting, _gap_guess)
            self.fields.update({f"template-{name}": field for name, field in fields.items()})
            if data is not None:
                self._suggest(data, fields)

    def _suggest(self, data: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> None:
        """Fill the gaps of a template that was just chosen, whose fields nobody has seen yet."""
        given = dict(data.lists()) if hasattr(data, "lists") else dict(data)
        unseen = {f"template-{name}": field.initial for name, field in fields.items()}
        self.data = MultiValueDict(
            {name: [value] for name, value in unseen.items()}
            | {name: value if isinstance(value, list) else [value] for name, value in given.items()}
        )
        if data.get("then") == "template":
            for name in unseen:
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Gaps that were just suggested may be empty for now; from here on they may not."""
        for name in self.fields:
            if name.startswith("template-"):
                self.fields[name].required = True
        return super().clean() or {}

    @property
    def template_text(self) -> str:
        """What the chosen template says."""
        return str(self.template.content.get("body", "")) if self.template else ""

    @property
    def gaps(self) -> list[forms.BoundField]:
        """The gaps of the chosen template."""
        return [self[name] for name in self.fields if name.startswith("template-")]

    def choice(self) -> Choice | None:
        """Return the chosen template with what fills its gaps."""
        if self.template is None:
            return None
        given = {
            part: [self.cleaned_data[f"template-{part}_{place}"] for place in range(len(gaps))]
            for part, gaps in gaps_of(self.template).items()
        }
        return Choice(self.template.name, **given)

    @staticmethod
    def _field(
        label: str, longest: int, initial: str, part: str, required: bool
    ) -> forms.CharField:
        rows = {"text": 4, "mail": 8}.get(part)
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        helps = {
            "text": "On phones as it is; in mails too, unless you write a longer one.",
            "mail": "An empty line begins a new paragraph.",
        }
        return forms.CharField(
            required=required,
            max_length=longest,
            label=label,
            initial=initial,
            widget=widget,
            help_text=helps.get(part, ""),
        )

    @staticmethod
    def _locales(data: Mapping[str, Any] | None, telling: Telling, store: Store) -> list[str]:
        asked = data.getlist("locale") if data is not None and hasattr(data, "getlist") else []
        found = dict.fromkeys([store.locale, *telling.texts, *filter(None, asked)])
        return [each for each in found if _is_language(each)][:20]

    @property
    def languages(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Each language with its name and its fields."""
        return [
            (each, language_name(each), [self[f"{each}-{part}"] for part, *_ in self.PARTS])
            for each in self.locales
        ]

    def manner(self) -> Manner:
        """Return what `write_telling` takes."""
        values = self.cleaned_data
        texts = {
            locale: Words.of({part: values[f"{locale}-{part}"] for part, *_ in self.PARTS})
            for locale in self.locales
        }
        return Manner(
            texts={locale: said for locale, said in texts.items() if said != Words()},
            media=values.get("channels", self.telling.media),
            in_quiet_hours=values["in_quiet_hours"],
            useful_hours=values["useful_hours"],
        )


def _gap_guess(part: str, place: int) -> str:
    """Return what usually stands in a gap of a template about something that went wrong."""
    if part == "buttons":
        return END_OF_LINK
    usual = (
        "{{ customer.first_name | default: 'there' }}",
        "{{ affected.numbers }}",
        "{{ store.name }}",
    )
    return usual[place] if part == "body" and place < len(usual) else ""


def _is_language(code: str) -> bool:
    try:
        Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


class LimitForm(forms.Form):
    """Up to how many people one person may tell alone."""

    limit = forms.IntegerField(
        min_value=0,
        max_value=10_000_000,
        label="Alone up to",
        help_text="More people need a second person's word. 0 always asks.",
    )
