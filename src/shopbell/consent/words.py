"""Words by which somebody says "no more", "again" or "who are you" in a text message, as data.

A word counts only when it is the whole message. It is recognised in any language, whatever the
shop's: people answer in theirs. A newcomer's mistake: looking for the words inside of sentences.
"Please cancel my order" is no opt-out; what sounds like one is for a person, see `wishes.py`.

Sources, looked at on 22 November 2026:

* twilio: default words of long codes, twilio.com/docs/messaging/tutorials/advanced-opt-out
* aws: docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html (USA and Canada; ARRET
  and TD are among them)
* fcc: 47 CFR 64.1200(a)(10), in force since 11 April 2025: stop, quit, end, revoke, opt out,
  cancel, unsubscribe
* ctia: Messaging Principles and Best Practices, 2023: HELP and INFO say who writes
* own: what the words above are called in other languages, reviewed by us
"""

from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What somebody wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    ASKS = "asks"  # seems to want no more messages, in words of their own


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one language for one wish. `weak`: means it only after a STOP (a plain "yes")."""

    wish: Wish
    language: str
    source: str
    words: tuple[str, ...]
    weak: bool = False


def _words(wish: Wish, language: str, source: str, listed: str, *, weak: bool = False) -> Words:
    words = tuple(word.strip() for word in listed.split(","))
    return Words(wish, language, source, words, weak)


_STOP, _START, _HELP = Wish.STOP, Wish.START, Wish.HELP

WORDS: tuple[Words, ...] = (
    _words(_STOP, "en", "fcc", "stop, quit, end, revoke, opt out, cancel, unsubscribe"),
    _words(_STOP, "en", "twilio", "stopall, stop all, optout, opt-out"),
    _words(_STOP, "en", "aws", "remove"),
    _words(_STOP, "en", "own", "opt me out, unsub, remove me, stop it, stop please, please stop"),
    _words(_STOP, "fr", "aws", "arret"),
    _words(_STOP, "fr", "own", "arrêt, arrêter, arrêtez, désabonner, désabonnement, désinscrire"),
    _words(_STOP, "zh", "aws", "td"),
    _words(_STOP, "zh", "own", "退订, 退訂, 停止, 取消订阅, 取消訂閱"),
    _words(_STOP, "de", "own", "stopp, stoppen, abmelden, abmeldung, abbestellen, ende"),
    _words(_STOP, "es", "own", "alto, parar, baja, darme de baja, cancelar, salir, detener"),
    _words(_STOP, "it", "own", "ferma, fermare, basta, disiscrivi, disiscrivimi, cancellami"),
    _words(_STOP, "pt", "own", "parar, pare, sair, cancelar, descadastrar, remover"),
    _words(_STOP, "nl", "own", "stoppen, afmelden, uitschrijven"),
    _words(_STOP, "pl", "own", "wypisz, wypisz mnie, rezygnuję, koniec"),
    _words(_STOP, "sv", "own", "stopp, avsluta, avregistrera, sluta"),
    _words(_STOP, "da", "own", "afmeld, frameld, stop nu"),
    _words(_STOP, "nb", "own", "stopp, avmeld, meld av"),
    _words(_STOP, "fi", "own", "lopeta, peru, peruuta"),
    _words(_STOP, "cs", "own", "konec, odhlásit"),
    _words(_STOP, "sk", "own", "odhlásiť"),
    _words(_STOP, "hu", "own", "leiratkozás, leiratkozom"),
    _words(_STOP, "ro", "own", "oprire, dezabonare"),
    _words(_STOP, "tr", "own", "ret, dur, durdur, iptal"),
    _words(_STOP, "hr", "own", "odjava"),
    _words(_STOP, "et", "own", "loobu"),
    _words(_STOP, "lv", "own", "atteikties"),
    _words(_STOP, "lt", "own", "atsisakau"),
    _words(_STOP, "ca", "own", "atura, baixa"),
    _words(_STOP, "el", "own", "στοπ, διαγραφή, τέλος"),
    _words(_STOP, "ru", "own", "стоп, отписка, отписаться"),
    _words(_STOP, "uk", "own", "відписатися, відписка"),
    _words(_STOP, "ja", "own", "配信停止, ストップ, 解除"),
    _words(_STOP, "ko", "own", "수신거부, 중지"),
    _words(_STOP, "ar", "own", "توقف, إيقاف, إلغاء الاشتراك"),
    _words(_STOP, "he", "own", "הסר, הסרה, הפסק"),
    _words(_STOP, "hi", "own", "रोकें, बंद करें"),
    _words(_STOP, "id", "own", "berhenti"),
    _words(_STOP, "vi", "own", "dừng, ngừng"),
    _words(_STOP, "th", "own", "หยุด"),
    _words(_START, "en", "twilio", "start, unstop"),
    _words(_START, "en", "twilio", "yes", weak=True),
    _words(_START, "en", "own", "opt in, optin, opt-in, resubscribe, subscribe, resume"),
    _words(_START, "fr", "own", "début, démarrer, reprendre"),
    _words(_START, "fr", "own", "oui", weak=True),
    _words(_START, "de", "own", "anmelden, starten"),
    _words(_START, "de", "own", "ja", weak=True),
    _words(_START, "es", "own", "inicio, comenzar, empezar, alta"),
    _words(_START, "es", "own", "sí", weak=True),
    _words(_START, "it", "own", "inizia, avvia"),
    _words(_START, "it", "own", "sì", weak=True),
    _words(_START, "pt", "own", "iniciar, começar"),
    _words(_START, "pt", "own", "sim", weak=True),
    _words(_START, "nl", "own", "aanmelden"),
    _words(_START, "pl", "own", "zapisz"),
    _words(_START, "pl", "own", "tak", weak=True),
    _words(_START, "sv", "own", "starta"),
    _words(_START, "fi", "own", "aloita"),
    _words(_START, "el", "own", "έναρξη"),
    _words(_START, "ru", "own", "старт"),
    _words(_START, "tr", "own", "başla"),
    _words(_START, "zh", "own", "开始, 開始"),
    _words(_START, "ja", "own", "再開"),
    _words(_HELP, "en", "ctia", "help, info"),
    _words(_HELP, "fr", "own", "aide"),
    _words(_HELP, "de", "own", "hilfe"),
    _words(_HELP, "es", "own", "ayuda"),
    _words(_HELP, "it", "own", "aiuto"),
    _words(_HELP, "pt", "own", "ajuda"),
    _words(_HELP, "pl", "own", "pomoc"),
    _words(_HELP, "sv", "own", "hjälp"),
    _words(_HELP, "da", "own", "hjælp"),
    _words(_HELP, "nb", "own", "hjelp"),
    _words(_HELP, "fi", "own", "apua"),
    _words(_HELP, "hu", "own", "segítség"),
    _words(_HELP, "ro", "own", "ajutor"),
    _words(_HELP, "tr", "own", "yardım"),
    _words(_HELP, "el", "own", "βοήθεια"),
    _words(_HELP, "ru", "own", "помощь"),
    _words(_HELP, "ja", "own", "ヘルプ"),
    _words(_HELP, "zh", "own", "帮助, 幫助"),
    _words(_HELP, "ar", "own", "مساعدة"),
    _words(_HELP, "he", "own", "עזרה"),
)
