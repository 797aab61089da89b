"""What a form asks: topics, each with its own few fields, in the languages of the form.

One shape for the database, the pages, the API and the apply file. Texts are tables by language; the
first language of the form stands in where one is missing.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from shopbell.contact_forms.words import LANGUAGES
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable

GAPS = ("number", "topic", "time", "store")  # of the receipt
GAP = re.compile(r"\{\{\s*([a-z_]{1,20})\s*\}\}")
MOST_TOPICS, MOST_FIELDS, MOST_CHOICES = 20, 12, 50

type Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
type Text = dict[
    Annotated[str, StringConstraints(max_length=5)],
    Annotated[str, StringConstraints(max_length=2000)],
]


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    DATE = "date"
    ORDER = "order"  # a number; a list for those whose orders we know


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Choice(_Part):
    """One of the answers to choose from."""

    key: Key
    label: Text


class Question(_Part):
    """One field of a topic."""

    key: Key
    kind: Kind = Kind.TEXT
    label: Text
    hint: Text = {}
    required: bool = False
    choices: Annotated[list[Choice], Field(max_length=MOST_CHOICES)] = []


class Topic(_Part):
    """What somebody may write about. `tag` is put on the conversation."""

    key: Key
    title: Text
    intro: Text = {}
    tag: Annotated[str, StringConstraints(max_length=60)] = ""
    fields: Annotated[list[Question], Field(max_length=MOST_FIELDS)] = []


class Definition(_Part):
    """A whole form. `answer_hours` is when customers may expect an answer; 0 says nothing."""

    title: Text
    intro: Text = {}
    thanks: Text = {}
    receipt: Text = {}  # Markdown with gaps such as {{number}}; empty: our own words
    ask_name: bool = True
    files: bool = True
    answer_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    topics: Annotated[list[Topic], Field(min_length=1, max_length=MOST_TOPICS)]

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        unknown = [gap for text in self.receipt.values() for gap in unknown_gaps(text)]
        if unknown:
            raise ValueError(f"the receipt has a gap that nothing fills: {unknown[0]}")
        _once("topic", [topic.key for topic in self.topics])
        for topic in self.topics:
            _once(f"field of {topic.key}", [each.key for each in topic.fields])
            for each in topic.fields:
                _once(f"choice of {each.key}", [choice.key for choice in each.choices])
                if each.kind == Kind.CHOICE and not each.choices:
                    raise ValueError(f"the field {each.key} has nothing to choose from")
        return self


def _once(what: str, keys: Sequence[str]) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"there are two with the name {twice} ({what})")


def unknown_gaps(text: str) -> list[str]:
    """Return the gaps of a receipt that nothing can fill."""
    return [name for name in GAP.findall(text) if name not in GAPS]


def definition_of(content: Any, languages: Sequence[str]) -> Definition:
    """Read a definition; names that are missing are made of the texts in the first language.

    Raises:
        Invalid: with what is wrong, by place.
    """
    unknown = [code for code in languages if code not in LANGUAGES]
    if unknown or not languages:
        raise Invalid(
            "The languages are not usable.",
            fields={"languages": f"Choose among {', '.join(LANGUAGES)}."},
        )
    try:
        found = Definition.model_validate(_named(content, languages[0]))
    except ValidationError as error:
        raise Invalid("The form is not complete.", fields=_mistakes(error)) from None
    missing = _missing(found, languages[0])
    if missing:
        raise Invalid("The form is not complete.", fields=missing)
    return found


def text_of(text: Text, language: str, languages: Sequence[str]) -> str:
    """Return a text in a language, or in the form's first one."""
    return text.get(language) or text.get(languages[0]) or next(iter(text.values()), "")


def _named(content: Any, language: str) -> Any:
    """Return the content with names made of titles where there are none, all of it storable."""
    if not isinstance(content, dict):
        return content
    topics = content.get("topics")
    if not isinstance(topics, list):
        return content
    return content | {"topics": _with_keys(topics, "title", language)}


def _with_keys(parts: list[Any], text: str, language: str) -> list[Any]:
    taken = {str(part.get("key")) for part in parts if isinstance(part, dict) and part.get("key")}
    found = []
    for number, part in enumerate(parts, start=1):
        if isinstance(part, dict):
            part = dict(part)
            if not part.get("key"):
                part["key"] = _free(_slug(part.get(text), language), taken, number)
            if isinstance(part.get("fields"), list):
                part["fields"] = _with_keys(part["fields"], "label", language)
            if isinstance(part.get("choices"), list):
                part["choices"] = _with_keys(part["choices"], "label", language)
        found.append(part)
    return found


def _slug(text: Any, language: str) -> str:
    words = text.get(language) if isinstance(text, dict) else ""
    return re.sub(r"[^a-z0-9]+", "-", str(words or "").lower()).strip("-")[:32].strip("-")


def _free(wish: str, taken: set[str], number: int) -> str:
    name, more = wish or f"part-{number}", 2
    while name in taken:
        name, more = f"{wish or 'part'}-{more}", more + 1
    taken.add(name)
    return name


def _missing(form: Definition, language: str) -> dict[str, str]:
    """Return what has no words in the first language."""
    found: dict[str, str] = {}
    if not form.title.get(language):
        found["title"] = "Give the form a title."
    for topic in form.topics:
        if not topic.title.get(language):
            found[f"topics.{topic.key}"] = "Give the topic a name."
        for each in topic.fields:
            if not each.label.get(language):
                found[f"topics.{topic.key}.{each.key}"] = "Give the field a name."
            if any(not choice.label.get(language) for choice in each.choices):
                found[f"topics.{topic.key}.{each.key}"] = "Give each choice a name."
    return found


def _mistakes(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"]) or "form"
        found.setdefault(place, one_line(storable(each["msg"].removeprefix("Value error, "))))
    return found
