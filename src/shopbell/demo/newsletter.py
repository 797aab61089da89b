"""The demo shop's campaign: written in two languages, a draft until a visitor sends it."""

from typing import Any

from shopbell.campaigns.actions import Plan, change_plan, start_campaign, write_variant

_TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "subject": "Soup weather: the iron skillet is back",
        "preheader": "And a recipe that needs nothing else",
        "blocks": [
            {"kind": "heading", "text": "Soup weather"},
            {
                "kind": "text",
                "text": "Hello {{ customer.first_name | default: 'there' }},\n\nthe cast-iron "
                "skillet is back on the shelf. It takes its time to get warm, and it stays so: "
                "onions, a tin of tomatoes, two eggs, one pan.",
            },
            {"kind": "button", "label": "See the skillet", "url": "{{ store.url }}"},
            {"kind": "divider"},
            {
                "kind": "text",
                "text": "You get this because you asked for news from us. What you get is yours "
                "to choose, below.",
            },
        ],
    },
    "de": {
        "subject": "Suppenwetter: die Eisenpfanne ist wieder da",
        "preheader": "Und ein Rezept, für das es sonst nichts braucht",
        "blocks": [
            {"kind": "heading", "text": "Suppenwetter"},
            {
                "kind": "text",
                "text": "Guten Tag{% if customer.first_name %}, {{ customer.first_name }}"
                "{% endif %},\n\ndie gusseiserne Pfanne steht wieder im Regal. Sie wird langsam "
                "warm und bleibt es: Zwiebeln, eine Dose Tomaten, zwei Eier, eine Pfanne.",
            },
            {"kind": "button", "label": "Zur Pfanne", "url": "{{ store.url }}"},
            {"kind": "divider"},
            {
                "kind": "text",
                "text": "Sie bekommen das, weil Sie Neues von uns lesen wollten. Was Sie bekommen, "
                "wählen Sie unten.",
            },
        ],
    },
}


def set_up_newsletter() -> None:
    """Write the draft, in the scope of the caller."""
    row = start_campaign(name="Soup weather", by=None, by_name="Lark & Larder")
    write_variant(campaign=row, variant="A", texts=_TEXTS)
    change_plan(campaign=row, name="Soup weather", plan=Plan(topic="new"))
