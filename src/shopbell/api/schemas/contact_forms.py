"""Contact forms as JSON: the same shape as in the editor and the apply file."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shopbell.contact_forms.definition import Definition
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.queries import Tally


class ContactFormIn(BaseModel):
    """A form, all of it: what is left out is the default."""

    model_config = ConfigDict(extra="forbid")

    languages: list[str] = Field(default=["en"], description="The first stands in for the others.")
    is_open: bool = Field(default=True, description="Whether customers can send it.")
    content: dict[str, Any] = Field(
        description="`title`, `intro`, `thanks`, `receipt` (texts by language), `ask_name`,"
        " `files`, `answer_hours`, `topics`: each with `key`, `title`, `intro`, `tag`, `fields`."
    )


class ContactFormOut(BaseModel):
    """A form, and how many came in by it in the last thirty days."""

    slug: str
    languages: list[str]
    is_open: bool
    content: Definition
    sent: int
    spam: int
    changed_at: datetime


class ContactFormList(BaseModel):
    """All forms of the store."""

    items: list[ContactFormOut]


def contact_form_out(form: ContactForm, tally: Tally) -> ContactFormOut:
    """Return a form as JSON."""
    return ContactFormOut(
        slug=form.slug,
        languages=form.languages,
        is_open=form.is_open,
        content=form.definition,
        sent=tally.count,
        spam=tally.spam,
        changed_at=form.changed_at,
    )
