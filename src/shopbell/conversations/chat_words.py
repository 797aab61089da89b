"""What a mail says around answers that were given in the chat, in the visitor's language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatWords:
    """The words of one language."""

    language: str
    subject: str
    why: str
    asked: str

    @property
    def direction(self) -> str:
        """Which way it is written."""
        return "rtl" if self.language == "ar" else "ltr"


_WORDS = {
    words.language: words
    for words in (
        ChatWords(
            "en",
            "Your chat with {store}",
            "You had left our chat, so this answer comes by e-mail. Just reply to go on.",
            "You wrote:",
        ),
        ChatWords(
            "de",
            "Ihr Chat mit {store}",
            "Sie hatten unseren Chat verlassen, deshalb kommt die Antwort per E-Mail."
            " Antworten Sie einfach auf diese Nachricht.",
            "Sie schrieben:",
        ),
        ChatWords(
            "fr",
            "Votre conversation avec {store}",
            "Vous aviez quitté notre chat : notre réponse vous parvient donc par e-mail."
            " Répondez simplement à ce message pour continuer.",
            "Vous avez écrit :",
        ),
        ChatWords(
            "es",
            "Su conversación con {store}",
            "Ya había salido de nuestro chat, por eso le respondemos por correo."
            " Responda a este mensaje para continuar.",
            "Usted escribió:",
        ),
        ChatWords(
            "it",
            "La sua chat con {store}",
            "Aveva lasciato la nostra chat, perciò la risposta arriva per e-mail."
            " Per continuare risponda a questo messaggio.",
            "Lei ha scritto:",
        ),
        ChatWords(
            "nl",
            "Uw chat met {store}",
            "U had onze chat verlaten, daarom komt dit antwoord per e-mail."
            " Antwoord op dit bericht om verder te gaan.",
            "U schreef:",
        ),
        ChatWords(
            "pt",
            "A sua conversa com {store}",
            "Já tinha saído do nosso chat, por isso respondemos por e-mail."
            " Para continuar, responda a esta mensagem.",
            "Escreveu:",
        ),
        ChatWords(
            "pl",
            "Rozmowa z {store}",
            "Czat był już zamknięty, dlatego odpowiadamy e-mailem."
            " Aby kontynuować, wystarczy odpowiedzieć na tę wiadomość.",
            "Pytanie:",
        ),
        ChatWords(
            "ar",
            "محادثتك مع {store}",
            "كنت قد غادرت الدردشة، لذلك يصلك الرد بالبريد الإلكتروني."
            " للمتابعة ما عليك إلا الرد على هذه الرسالة.",
            "كتبت:",
        ),
    )
}


def chat_words(locale: str) -> ChatWords:
    """Return the words for a locale such as `de-AT`; English for what we do not speak."""
    return _WORDS.get(locale[:2].lower(), _WORDS["en"])
