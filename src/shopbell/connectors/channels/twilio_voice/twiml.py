"""A script as TwiML. https://www.twilio.com/docs/voice/twiml"""

from functools import singledispatch
from urllib.parse import urlencode
from xml.etree import ElementTree as Tree

from shopbell.calls.ports import Ask, GoOn, HangUp, Next, Record, Ring, Say, Script

KIND = "text/xml; charset=utf-8"
# https://www.twilio.com/docs/voice/twiml/say#language: without a region Twilio takes none of them.
LANGUAGES = {
    "en": "en-GB", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT", "nl": "nl-NL",
}  # fmt: skip


class Writer:
    """Writes one answer. `address`: where the webhooks go."""

    def __init__(self, address: str, *, transcribe: bool = False) -> None:
        self.address, self.transcribe = address, transcribe

    def write(self, script: Script) -> str:
        """Return a whole answer."""
        root = Tree.Element("Response")
        for instruction in script:
            _write(instruction, root, self)
        return '<?xml version="1.0" encoding="UTF-8"?>' + Tree.tostring(root, encoding="unicode")

    def url(self, then: Next) -> str:
        """Return where a step goes on."""
        query = urlencode([("step", str(then.step)), *then.values])
        return f"{self.address}?{query}"

    def news(self, kind: str) -> str:
        """Return where news go to which no answer is read."""
        return f"{self.address}?{urlencode([('news', kind)])}"


@singledispatch
def _write(instruction: object, into: Tree.Element, writer: Writer) -> None:
    raise TypeError(f"no TwiML for {type(instruction).__name__}")


@_write.register
def _say(instruction: Say, into: Tree.Element, writer: Writer) -> None:
    Tree.SubElement(
        into, "Say", language=LANGUAGES.get(instruction.language, "en-GB")
    ).text = instruction.text


@_write.register
def _ask(instruction: Ask, into: Tree.Element, writer: Writer) -> None:
    gather = Tree.SubElement(
        into,
        "Gather",
        numDigits="1",
        timeout=str(instruction.seconds),
        action=writer.url(instruction.then),
        method="POST",
    )
    for each in instruction.say:
        _say(each, gather, writer)


@_write.register
def _ring(instruction: Ring, into: Tree.Element, writer: Writer) -> None:
    dial = Tree.SubElement(
        into,
        "Dial",
        answerOnBridge="true",
        timeout=str(instruction.seconds),
        action=writer.url(instruction.then),
        method="POST",
    )
    if instruction.shows:
        dial.set("callerId", instruction.shows)
    for number, screen in instruction.numbers:
        noun = Tree.SubElement(dial, "Number")
        noun.text = number
        if screen is not None:
            noun.set("url", writer.url(screen))
            noun.set("method", "POST")


@_write.register
def _record(instruction: Record, into: Tree.Element, writer: Writer) -> None:
    record = Tree.SubElement(
        into,
        "Record",
        maxLength=str(instruction.seconds),
        playBeep="true",
        finishOnKey="#",
        action=writer.url(instruction.then),
        method="POST",
        recordingStatusCallback=writer.news("recording"),
    )
    if writer.transcribe:
        record.set("transcribe", "true")
        record.set("transcribeCallback", writer.news("transcription"))


@_write.register
def _go_on(instruction: GoOn, into: Tree.Element, writer: Writer) -> None:
    Tree.SubElement(into, "Redirect", method="POST").text = writer.url(instruction.then)


@_write.register
def _hang_up(instruction: HangUp, into: Tree.Element, writer: Writer) -> None:
    Tree.SubElement(into, "Hangup")
