"""Macros, reasons, fields and checklists as the API shows and takes them."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import Word, storable_only

_STRICT = ConfigDict(extra="forbid")
_AUTHOR = "E-mail of a member of staff; else nobody."
Value = Annotated[str, StringConstraints(max_length=500), AfterValidator(storable_only)]


class MacroOut(BaseModel):
    """A macro."""

    id: uuid.UUID
    name: str
    says: str = Field(description="What it does, as a sentence.")
    after: str
    used_count: int


class MacroIn(BaseModel):
    """Which macro is run, and as whom. Without author, answers obey the limits of rules."""

    model_config = _STRICT

    macro: Word = Field(description="Id or name.")
    author: Word = Field(default="", description=_AUTHOR)


class OutcomeOut(BaseModel):
    """What became of one action."""

    says: str
    done: bool
    why: str = Field(description="Why it was not done.")


class ReasonOut(BaseModel):
    """A reason of one of the two trees."""

    id: uuid.UUID
    kind: str = Field(description="contact or resolution.")
    path: str = Field(description="From the root: Delivery › Late.")


class ReasonsIn(BaseModel):
    """Reasons by id, path or name; null takes one away, an absent one stays."""

    model_config = _STRICT

    reason: Word | None = None
    resolution: Word | None = None
    author: Word = Field(default="", description=_AUTHOR)


class FieldOut(BaseModel):
    """A field of the store's own."""

    key: str
    name: str
    kind: str = Field(description="text, number, date, choice or yes_no.")
    choices: list[str]
    required: bool = Field(description="Before a conversation is resolved.")


class FieldsIn(BaseModel):
    """Values by key, as text; an empty one empties the field."""

    model_config = _STRICT

    values: dict[Word, Value] = Field(max_length=50)
    author: Word = Field(default="", description=_AUTHOR)


class StepOut(BaseModel):
    """One step of a checklist on a conversation."""

    id: uuid.UUID
    text: str
    done_at: datetime | None
    done_by: str | None = Field(description="E-mail of the member of staff.")


class ChecklistOut(BaseModel):
    """A checklist on a conversation."""

    id: uuid.UUID
    name: str
    steps: list[StepOut]


class ChecklistIn(BaseModel):
    """The name of a checklist to add."""

    model_config = _STRICT

    checklist: Word
    author: Word = Field(default="", description=_AUTHOR)


class TickIn(BaseModel):
    """Whether a step is done."""

    model_config = _STRICT

    done: bool
    author: Word = Field(default="", description=_AUTHOR)
