"""From what a browser sent to what somebody told, or a list of mistakes by field."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from shopbell.contact_forms.definition import Definition, Kind, Question, Topic, text_of
from shopbell.contact_forms.holders import Holder
from shopbell.contact_forms.words import Words
from shopbell.conversations.ports import IncomingFile
from shopbell.conversations.strangers_files import LARGEST, kind_of
from shopbell.customers.normalise import email_key
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable
from shopbell.orders.models import Order

MOST_FILES = 5
ALL_FILES = 20_000_000  # the front door takes 25 MB a request
LONGEST = {"message": 10_000, "name": 100, "email": 254}
_LONGEST_OF = {Kind.TEXT: 300, Kind.LONG: 5_000, Kind.ORDER: 60}
MEGA = 1_000_000
TRAP = "website"
NONE = "none"  # of the orders offered


@dataclass(slots=True)
class Told:
    """What somebody told. `answers` are label and value, in the order of the form."""

    topic: Topic
    client_id: uuid.UUID
    language: str
    message: str = ""
    email: str = ""
    name: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)
    order: Order | None = None
    order_said: str = ""
    files: tuple[IncomingFile, ...] = ()
    page: str = ""
    is_trapped: bool = False


@dataclass(slots=True)
class Reader:
    """Reads one sent form. `mistakes` is empty when all is well."""

    form: Definition
    languages: Sequence[str]
    words: Words
    holder: Holder
    mistakes: dict[str, str] = field(default_factory=dict)

    def read(self, post: QueryDict, files: Sequence["UploadedFile[Any]"]) -> Told:
        """Return what was told; look at `mistakes` before using it."""
        topic = self._topic(post)
        told = Told(
            topic=topic,
            client_id=client_id_of(post) or uuid.uuid4(),
            language=self.words.language,
            message=self._text(post, "message", LONGEST["message"], required=True),
            name=one_line(self._text(post, "name", LONGEST["name"])),
            email=self._email(post),
            page=_page(post.get("page", "")),
            is_trapped=bool(post.get(TRAP, "").strip()),
            order=self.holder.order,
        )
        for question in topic.fields if "topic" not in self.mistakes else ():
            self._answer(told, question, post)
        told.files = self._files(files) if self.form.files else ()
        return told

    def _topic(self, post: QueryDict) -> Topic:
        found = next((each for each in self.form.topics if each.key == post.get("topic")), None)
        if found is None and len(self.form.topics) > 1:
            self.mistakes["topic"] = self.words.say("not_choice")
        return found or self.form.topics[0]

    def _text(self, post: QueryDict, name: str, most: int, *, required: bool = False) -> str:
        text = storable(post.get(name, "").replace("\r\n", "\n")).strip()
        if required and not text:
            self.mistakes[name] = self.words.say("required")
        elif len(text) > most:
            self.mistakes[name] = self.words.say("too_long", count=most)
        return text

    def _email(self, post: QueryDict) -> str:
        typed = self._text(post, "email", LONGEST["email"], required=not self.holder.address)
        if not typed:
            return self.holder.address
        found = email_key(typed)
        if not found and "email" not in self.mistakes:
            self.mistakes["email"] = self.words.say("not_email")
        return found

    def _answer(self, told: Told, question: Question, post: QueryDict) -> None:
        name = name_of(told.topic, question)
        most = _LONGEST_OF.get(question.kind, 60)
        given = self._text(post, name, most, required=question.required)
        if not given or name in self.mistakes:
            return
        shown = self._value(told, question, given, name)
        if shown and name not in self.mistakes:
            told.answers.append((text_of(question.label, told.language, self.languages), shown))

    def _value(self, told: Told, question: Question, given: str, name: str) -> str:
        if question.kind == Kind.CHOICE:
            choice = next((each for each in question.choices if each.key == given), None)
            if choice is None:
                self.mistakes[name] = self.words.say("not_choice")
                return ""
            return text_of(choice.label, told.language, self.languages)
        if question.kind == Kind.DATE:
            try:
                return date.fromisoformat(given).isoformat()
            except ValueError:
                self.mistakes[name] = self.words.say("not_date")
                return ""
        if question.kind == Kind.ORDER:
            return self._order(told, given, name)
        return given if question.kind == Kind.LONG else one_line(given, 300)

    def _order(self, told: Told, given: str, name: str) -> str:
        """Take an order of those offered as proved, a typed number as said."""
        if not self.holder.orders:
            told.order_said = one_line(given, 60)
            return told.order_said
        if given == NONE:
            told.order = None
            return ""
        told.order = next((each for each in self.holder.orders if str(each.pk) == given), None)
        if told.order is None:
            self.mistakes[name] = self.words.say("not_choice")
            return ""
        return str(told.order)

    def _files(self, files: Sequence["UploadedFile[Any]"]) -> tuple[IncomingFile, ...]:
        if len(files) > MOST_FILES or sum(file.size or 0 for file in files) > ALL_FILES:
            self.mistakes["files"] = too_many_files(self.words)
            return ()
        found = []
        for file in files:
            name = one_line(storable(file.name or "")) or "file"
            if (file.size or 0) > LARGEST:
                self.mistakes["files"] = self.words.say(
                    "file_large", name=name, size=LARGEST // MEGA
                )
                return ()
            content = file.read()
            try:
                found.append(IncomingFile(name, kind_of(content), content))
            except Invalid:
                self.mistakes["files"] = self.words.say("file_kind", name=name)
                return ()
        return tuple(found)


def too_many_files(words: Words) -> str:
    """Return what is said when files are too many or too large together."""
    return words.say("file_many", count=MOST_FILES, size=ALL_FILES // MEGA)


def name_of(topic: Topic, question: Question) -> str:
    """Return the name of a field in the page."""
    return f"{topic.key}.{question.key}"


def client_id_of(post: Mapping[str, Any]) -> uuid.UUID | None:
    """Return the id the page was given, which makes the form be sent once."""
    try:
        return uuid.UUID(str(post.get("client_id", "")))
    except ValueError:
        return None


def _page(told: str) -> str:
    """Return the shop's page the form stands in, as far as it is plain and small."""
    return one_line(storable(told), 1000) if told.startswith(("https://", "http://")) else ""
