"""What simulated customers write when a mail makes them ask something, and when they got an answer.

By kind of message and language; the id of the message chooses the words, so that asking twice gives
the same. A newcomer's mistake: many letters. A shop's customers seldom write.
"""

import uuid

SHARE = 4  # of a hundred mails of these kinds
THANKS = 50  # of a hundred answers of people

_QUESTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "order_confirmed": (
            "Hi, I just noticed that I typed the wrong house number. Can you still change it?",
            "Can I still add a jar of honey to this order, so that it comes in one parcel?",
            "Could you send me an invoice with our company's name on it, please?",
        ),
        "dispatched": (
            "Great! Will it be here before the weekend? It is a birthday present.",
            "Could the parcel be left with my neighbour at number 9? I am away until Monday.",
            "I ordered three things and the mail speaks of two. Does the third come later?",
        ),
        "delayed": (
            "That is a pity, I needed it on Friday. Is there any way to get it sooner?",
            "Again? This is the second time. Please cancel it if it does not come this week.",
        ),
        "delivered": (
            "The tracking says delivered, but there is nothing here. Can you help?",
            "One of the jars arrived cracked, and the oil is all over the box. What now?",
            "Lovely, thank you! Is the flour suited to sourdough?",
        ),
        "delivery_attempted": (
            "I was at home the whole day and nobody rang. Can they try again tomorrow?",
        ),
        "refunded": ("Thank you. How long until the money is in my account?",),
    },
    "de": {
        "order_confirmed": (
            "Hallo, ich habe die falsche Hausnummer angegeben. Können Sie das noch ändern?",
            "Kann ich noch ein Glas Honig dazubestellen, damit alles zusammen kommt?",
        ),
        "dispatched": (
            "Super! Ist es vor dem Wochenende da? Es soll ein Geburtstagsgeschenk sein.",
            "Kann das Paket bei den Nachbarn in Nummer 9 abgegeben werden? Ich bin verreist.",
        ),
        "delayed": (
            "Schade, ich brauche es am Freitag. Geht es nicht doch schneller?",
            "Schon wieder? Bitte stornieren, wenn es diese Woche nicht kommt.",
        ),
        "delivered": (
            "Laut Sendungsverfolgung ist es zugestellt, aber hier ist nichts. Was nun?",
            "Ein Glas ist zerbrochen angekommen, alles klebt. Bekomme ich Ersatz?",
        ),
        "delivery_attempted": ("Ich war den ganzen Tag zu Hause, niemand hat geklingelt.",),
        "refunded": ("Danke. Wie lange dauert es, bis das Geld da ist?",),
    },
}
_THANKS = {
    "en": ("Thank you, that helps!", "Perfect, thanks for the quick answer.", "Great, thank you."),
    "de": ("Vielen Dank, das hilft mir!", "Prima, danke für die schnelle Antwort."),
}


def letter(message_id: uuid.UUID, kind: str, locale: str) -> str:
    """Return what somebody writes back to a message; empty for nothing."""
    language = "de" if locale.startswith("de") else "en"
    lot = message_id.int >> 32 & 0xFFFF
    if kind == "reply":
        return _pick(_THANKS[language], lot) if lot % 100 < THANKS else ""
    words = _QUESTIONS[language].get(kind, ())
    return _pick(words, lot // 100) if words and lot % 100 < SHARE else ""


def _pick(words: tuple[str, ...], number: int) -> str:
    return words[number % len(words)]
