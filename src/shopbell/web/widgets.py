"""Form widgets of the design system that Django does not have.

A newcomer's mistake: Django's own `Select` for hundreds of choices. It renders a template for each
option, which takes longer than the rest of the page.
"""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class LongSelect(forms.Select):
    """A select with hundreds of choices, written at once. Without groups."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the select; `renderer` is not needed."""
        chosen = "" if value is None else str(value)
        selected = {True: mark_safe(" selected"), False: ""}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, selected[str(key) == chosen], label) for key, label in self.choices),
        )
        given = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(given), options)


class ManyOfLong(forms.SelectMultiple):
    """Some of hundreds of choices: boxes to tick in a small window, those ticked first.

    A list with Ctrl-click loses what was chosen by one wrong click. With a script a field above
    narrows the boxes down, see `many.js`; without one the window is scrolled.
    """

    use_fieldset = True
    filter_label = "Narrow down"

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the boxes; `renderer` is not needed."""
        chosen = {str(each) for each in value or ()}
        identity = str((attrs or {}).get("id") or f"id_{name}")
        rows = sorted(self.choices, key=lambda pair: str(pair[0]) not in chosen)
        ticked = {True: mark_safe(" checked"), False: ""}
        boxes = format_html_join(
            "",
            '<label><input type="checkbox" name="{}" value="{}"{}>{}</label>',
            ((name, key, ticked[str(key) in chosen], label) for key, label in rows),
        )
        return format_html(
            '<div class="many" data-many><input type="search" id="{}-filter" aria-label="{}" '
            'placeholder="{}" autocomplete="off" data-many-filter hidden>'
            '<div class="many-boxes" id="{}" tabindex="-1">{}</div></div>',
            identity, self.filter_label, self.filter_label, identity, boxes,
        )  # fmt: skip

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        """Return nothing: the legend names the whole, each box has its own label."""
        return ""
