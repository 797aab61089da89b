"""Words that a customer sends to be told about orders in a chat, as data.

They stand ready in the message when somebody follows the shop's chat link, so sending them is the
opt-in, and they are the proof. A newcomer's mistake: taking any first message as one.
"""

from shopbell.consent.wishes import folded

INVITATIONS: dict[str, str] = {
    "en": "Yes, tell me about my orders here",
    "de": "Ja, informiert mich hier über meine Bestellungen",
    "fr": "Oui, informez-moi ici de mes commandes",
    "es": "Sí, informadme aquí sobre mis pedidos",
    "it": "Sì, informatemi qui sui miei ordini",
    "nl": "Ja, houd me hier op de hoogte van mijn bestellingen",
    "pl": "Tak, informujcie mnie tutaj o moich zamówieniach",
    "pt": "Sim, informem-me aqui sobre as minhas encomendas",
    "sv": "Ja, berätta om mina beställningar här",
    "da": "Ja, fortæl mig om mine ordrer her",
    "tr": "Evet, siparişlerim hakkında beni buradan bilgilendirin",
}
_KNOWN = {folded(words): language for language, words in INVITATIONS.items()}


def invitation(locale: str) -> str:
    """Return the words in a language, in English where there are none."""
    return INVITATIONS.get(locale[:2].lower(), INVITATIONS["en"])


def accepted(text: str) -> str:
    """Return the language in which a message says them, "" if it does not begin with them."""
    said = folded(text[:400])
    return next((lang for words, lang in _KNOWN.items() if said.startswith(words)), "")
