"""The demo shop's sign-up form and its three topics, in two languages."""

from shopbell.consent.choosing import save_topic
from shopbell.signups.actions import save_signup_form

SLUG = "news"
_TOPICS = {
    "news": {"en": "New in the shop", "de": "Neu im Laden"},
    "recipes": {"en": "Recipes", "de": "Rezepte"},
    "offers": {"en": "Offers", "de": "Angebote"},
}
_TEXTS = {
    "en": {
        "title": "News from Lark & Larder",
        "intro": "What is new on our shelves and what to cook with it, about twice a month.",
        "wording": "I want offers and news from Lark & Larder by e-mail, about what I have chosen. "
        "I can stop this at any time.",
    },
    "de": {
        "title": "Neues von Lark & Larder",
        "intro": "Was neu in den Regalen steht und was man daraus kocht, etwa zweimal im Monat.",
        "wording": "Ich möchte Angebote und Neues von Lark & Larder per E-Mail, über das, was ich "
        "ausgewählt habe. Das kann ich jederzeit beenden.",
    },
}


def set_up_news() -> None:
    """Make the topics and the form, in the scope of the caller."""
    for key, names in _TOPICS.items():
        save_topic(names=names, key=key)
    save_signup_form(
        name="Foot of the shop",
        slug=SLUG,
        texts=_TEXTS,
        languages=["en", "de"],
        topic_keys=list(_TOPICS),
    )
