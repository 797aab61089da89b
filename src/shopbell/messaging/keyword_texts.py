"""The texts that answer STOP, START and HELP. Each fits into one part of an SMS.

They name the shop, since a number alone says little (CTIA, Messaging Principles, 2023).
"""

from shopbell.accounts.models import Store
from shopbell.consent.words import Wish
from shopbell.messaging.plain_sms import plainer
from shopbell.messaging.segments import segments
from shopbell.messaging.titles import TITLES

KINDS = {Wish.STOP: "opt_out", Wish.START: "opt_in", Wish.HELP: "who_writes"}
TITLES.update(
    opt_out="Confirmation of STOP", opt_in="Confirmation of START", who_writes="Answer to HELP"
)

_TEXTS: dict[str, dict[Wish, str]] = {
    "en": {
        Wish.STOP: "{shop}: You get no more messages from us here. Reply START to get them again.",
        Wish.START: "{shop}: You get our messages here again. Reply STOP to end them.",
        Wish.HELP: "{shop} writes to you here. {contact} Reply STOP to end these messages.",
    },
    "de": {
        Wish.STOP: "{shop}: Sie erhalten hier keine Nachrichten mehr von uns. Mit START bekommen"
        " Sie sie wieder.",
        Wish.START: "{shop}: Sie erhalten hier wieder Nachrichten von uns. Mit STOP beenden Sie"
        " sie.",
        Wish.HELP: "Hier schreibt {shop}. {contact} Mit STOP enden die Nachrichten.",
    },
    "fr": {
        Wish.STOP: "{shop} : vous ne recevrez plus de messages ici. Répondez START pour en recevoir"
        " à nouveau.",
        Wish.START: "{shop} : vous recevez à nouveau nos messages. Répondez STOP pour les arreter.",
        Wish.HELP: "{shop} vous écrit ici. {contact} Répondez STOP pour ne plus rien recevoir.",
    },
    "es": {
        Wish.STOP: "{shop}: ya no le enviaremos mensajes aqui. Responda START para recibirlos de"
        " nuevo.",
        Wish.START: "{shop}: vuelve a recibir nuestros mensajes. Responda STOP para dejarlos.",
        Wish.HELP: "{shop} le escribe aqui. {contact} Responda STOP para no recibir mas mensajes.",
    },
    "it": {
        Wish.STOP: "{shop}: non riceverà più messaggi qui. Risponda START per riceverli di nuovo.",
        Wish.START: "{shop}: riceve di nuovo i nostri messaggi. Risponda STOP per fermarli.",
        Wish.HELP: "{shop} le scrive qui. {contact} Risponda STOP per non ricevere messaggi.",
    },
    "pt": {
        Wish.STOP: "{shop}: deixa de receber mensagens aqui. Responda START para voltar a receber.",
        Wish.START: "{shop}: volta a receber as nossas mensagens. Responda STOP para parar.",
        Wish.HELP: "{shop} escreve-lhe aqui. {contact} Responda STOP para parar as mensagens.",
    },
    "nl": {
        Wish.STOP: "{shop}: u krijgt hier geen berichten meer. Antwoord START om ze weer te"
        " krijgen.",
        Wish.START: "{shop}: u krijgt onze berichten weer. Antwoord STOP om te stoppen.",
        Wish.HELP: "{shop} schrijft u hier. {contact} Antwoord STOP om te stoppen.",
    },
    "pl": {
        Wish.STOP: "{shop}: nie bedziemy tu wiecej pisac. Odpowiedz START, aby znów otrzymywac"
        " wiadomosci.",
        Wish.START: "{shop}: znów bedziesz otrzymywac wiadomosci. Odpowiedz STOP, aby przestac.",
        Wish.HELP: "Pisze {shop}. {contact} Odpowiedz STOP, aby nie otrzymywac wiadomosci.",
    },
    "sv": {
        Wish.STOP: "{shop}: Du får inga fler meddelanden här. Svara START för att få dem igen.",
        Wish.START: "{shop}: Du får våra meddelanden igen. Svara STOP för att avsluta.",
        Wish.HELP: "{shop} skriver till dig här. {contact} Svara STOP för att avsluta.",
    },
}


def keyword_text(store: Store, wish: Wish, locale: str) -> str:
    """Return the text in the customer's language, else in the store's, else in English.

    What a shop is called may cost it a second part; the contact is left out before that.
    """
    languages = (locale, store.locale, "en")
    found = next(code for each in languages if (code := each[:2].lower()) in _TEXTS)
    shop = plainer(store.name, letters=True).text
    contact = plainer(" ".join(filter(None, (store.help_email, store.phone))), letters=True).text
    pattern = _TEXTS[found][wish]
    full = pattern.format(shop=shop, contact=f"{contact}." if contact else "")
    if segments(full).parts > 1:
        full = pattern.format(shop=shop, contact="")
    return " ".join(full.split())
