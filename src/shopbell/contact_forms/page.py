"""What the form's page shows: texts in one language, what was typed, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_date

from shopbell.contact_forms.definition import Definition, Kind, Question, Topic, text_of
from shopbell.contact_forms.holders import STRANGER, Holder
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.reading import (
    ALL_FILES,
    LONGEST,
    MEGA,
    MOST_FILES,
    NONE,
    TRAP,
    name_of,
    too_many_files,
)
from shopbell.contact_forms.words import Words
from shopbell.kit.text import masked_address


@dataclass(frozen=True, slots=True)
class Box:
    """One field: `kind` is text, long, choice, date or email."""

    name: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    value: str = ""
    error: str = ""
    most: int = 300
    complete: str = ""  # what the browser may fill in by itself
    choices: list[tuple[str, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of its element."""
        return "f-" + self.name.replace(".", "-")

    @property
    def described_by(self) -> str:
        """The ids of what explains it."""
        return " ".join(f"{self.id}-{part}" for part in ("hint", "error") if getattr(self, part))


@dataclass(frozen=True, slots=True)
class TopicBox:
    """One topic with its fields."""

    key: str
    title: str
    intro: str
    chosen: bool
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole form."""

    words: Words
    title: str
    intro: str
    topics: list[TopicBox]
    message: Box
    people: list[Box]
    files: Box | None
    order: str  # the order whose link brought them here
    trap: str = TRAP
    ticket: str = ""
    topic_error: str = ""
    wrong: list[tuple[str, str]] = field(default_factory=list)  # id and label of what is wrong
    alert: str = ""
    too_many: str = ""


@dataclass(slots=True)
class Painter:
    """Builds the page; `typed` is what came back, `mistakes` what is wrong with it."""

    form: Definition
    languages: list[str]
    words: Words
    holder: Holder = STRANGER
    typed: Mapping[str, Any] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: ContactForm, words: Words, **more: Any) -> "Painter":
        """Return the painter of a stored form."""
        return cls(form.definition, list(form.languages), words, **more)

    def page(self, alert: str = "") -> Page:
        """Return what is shown."""
        say = self.words.say
        wanted = str(self.typed.get("topic", ""))
        topics = [self._topic(topic, wanted) for topic in self.form.topics]
        files = self._files() if self.form.files else None
        message = self._box("message", "long", say("message"), required=True)
        people = self._people()
        shown = [topic for topic in topics if topic.chosen]
        boxes = [*(box for topic in shown for box in topic.boxes), message, *people]
        wrong = [(box.id, box.label) for box in [*boxes, *([files] if files else [])] if box.error]
        if "topic" in self.mistakes:
            wrong.insert(0, (f"t-{topics[0].key}", say("topic")))
        order = self.holder.order
        asks = any(each.kind == Kind.ORDER for topic in self.form.topics for each in topic.fields)
        return Page(
            words=self.words,
            title=self._text(self.form.title),
            intro=self._text(self.form.intro),
            topics=topics,
            message=message,
            people=people,
            files=files,
            order=str(order) if order and not asks else "",
            ticket=self.holder.ticket,
            topic_error=str(self.mistakes.get("topic", "")),
            wrong=wrong,
            too_many=too_many_files(self.words),
            alert=alert or (say("wrong") if self.mistakes else ""),
        )

    def _text(self, text: dict[str, str]) -> str:
        return text_of(text, self.words.language, self.languages)

    def _topic(self, topic: Topic, wanted: str) -> TopicBox:
        return TopicBox(
            key=topic.key,
            title=self._text(topic.title),
            intro=self._text(topic.intro),
            chosen=topic.key == wanted or len(self.form.topics) == 1,
            boxes=[self._question(topic, each) for each in topic.fields],
        )

    def _question(self, topic: Topic, question: Question) -> Box:
        name, kind = name_of(topic, question), str(question.kind)
        label, hint = self._text(question.label), self._text(question.hint)
        choices = [(choice.key, self._text(choice.label)) for choice in question.choices]
        default = ""
        if question.kind == Kind.ORDER:
            kind = "choice" if self.holder.orders else "text"
            choices, default = self._orders()
            hint = hint or ("" if choices else self.words.say("order_hint"))
        return self._box(
            name,
            kind,
            label,
            hint=hint,
            required=question.required,
            choices=choices,
            default=default,
            most={"long": 5000}.get(kind, 300),
        )

    def _orders(self) -> tuple[list[tuple[str, str]], str]:
        """Return the orders to choose from, and which one is chosen at first."""
        if not self.holder.orders:
            return [], ""
        found = [(str(each.pk), self._order(each)) for each in self.holder.orders]
        found.append((NONE, self.words.say("order_none")))
        return found, found[0][0] if self.holder.by_link else ""

    def _order(self, order: Any) -> str:
        if order.placed_at is None:
            return str(order)
        day = format_date(order.placed_at, "medium", locale=self.words.language)
        return f"{order} · {day}"

    def _people(self) -> list[Box]:
        say, known = self.words.say, self.holder.address
        hint = say("email_hint")
        if known:
            hint = say("email_known", address=masked_address(known))
        email = self._box(
            "email", "email", say("email"), hint=hint, required=not known, complete="email"
        )
        if not self.form.ask_name or self.holder.customer is not None:
            return [email]
        return [self._box("name", "text", say("name"), complete="name"), email]

    def _files(self) -> Box:
        hint = self.words.say("files_hint", count=MOST_FILES, size=ALL_FILES // MEGA)
        return self._box("files", "files", self.words.say("files"), hint=hint)

    def _box(self, name: str, kind: str, label: str, *, default: str = "", **more: Any) -> Box:
        more.setdefault("most", LONGEST.get(name, 300))
        return Box(
            name=name,
            kind=kind,
            label=label,
            value=str(self.typed.get(name, default)),
            error=str(self.mistakes.get(name, "")),
            **more,
        )
