"""What rules and macros of the desk do. Each calls the action of `conversations` a page would."""

from collections.abc import Callable

from shopbell.accounts.models import User
from shopbell.automations.guard import why_no_answer
from shopbell.automations.vocabulary.asking import NOBODY
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    send_reply,
    set_priority,
    set_status,
    set_tags,
    snooze,
)
from shopbell.conversations.forms import SNOOZES, snooze_end
from shopbell.conversations.models import Priority, Status
from shopbell.conversations.queries import people_to_assign, tags_in_use
from shopbell.conversations.rulebook import Action, Case, Choices, Input, Values, add_action
from shopbell.conversations.saved import VARIABLES, filled, gaps, values_for
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line

ME = "me"
_STATUSES = {
    Status.OPEN: "open",
    Status.PENDING: "waiting for the customer",
    Status.RESOLVED: "resolved",
    Status.SPAM: "spam",
}


def people() -> Choices:
    """Offer whoever runs it, nobody, and the staff."""
    staff = ((str(user.pk), str(user)) for user in people_to_assign())
    return [(ME, "whoever runs this (macros)"), (NOBODY, "nobody"), *staff]


def _named(choices: Callable[[], Choices], key: str) -> str:
    return next((label for value, label in choices() if value == key), "somebody who has left")


def _say_assign(values: Values) -> str:
    who = values.get("owner", "")
    if who == NOBODY:
        return "give it back to nobody"
    return "take it" if who == ME else f"give it to {_named(people, who)}"


def _assign(case: Case, values: Values) -> str:
    who, row = values.get("owner", ""), case.conversation
    if who == ME and case.by is None:
        raise Invalid("A rule is nobody: choose a person.")
    owner = case.by if who == ME else None
    if who not in (ME, NOBODY):
        owner = User.objects.filter(pk=int(who)).first() if who.isdigit() else None
        if owner is None:
            raise Invalid("This person does not work here any more.")
    assign(conversation=row, by=case.by, owner=owner, team=row.team)
    return f"Given to {owner}" if owner else "Given back: nobody has it"


def _priority(case: Case, values: Values) -> str:
    wanted = Priority(int(values["priority"]))
    set_priority(conversation=case.conversation, priority=wanted, by=case.by)
    return f"Priority is {wanted.label.lower()}"


def _add_tag(case: Case, values: Values) -> str:
    tags = [*case.conversation.tags, values["tag"]]
    set_tags(conversation=case.conversation, tags=tags, by=case.by)
    return f"Tag “{values['tag']}” added"


def _remove_tag(case: Case, values: Values) -> str:
    gone = values["tag"].strip().lower()
    kept = [tag for tag in case.conversation.tags if tag != gone]
    set_tags(conversation=case.conversation, tags=kept, by=case.by)
    return f"Tag “{values['tag']}” removed"


def _status(case: Case, values: Values) -> str:
    wanted = Status(values["status"])
    set_status(conversation=case.conversation, status=wanted, by=case.by)
    return f"Status is {_STATUSES[wanted]}"


def _snooze(case: Case, values: Values) -> str:
    until = snooze_end(values["until"], case.store.timezone)
    snooze(conversation=case.conversation, until=until, by=case.by)
    return f"Snoozed {SNOOZES[values['until']].lower()}"


def text_for(case: Case, text: str) -> str:
    """Return a text with its gaps filled for a case.

    Raises:
        Invalid: something that fills a gap is not known.
    """
    known = values_for(case.conversation, case.store, case.by)
    words = filled(text, known)
    if left := list(dict.fromkeys(gaps(words))):
        raise Invalid(f"Not known here: {', '.join(VARIABLES.get(n, n).lower() for n in left)}.")
    return words


def _note(case: Case, values: Values) -> str:
    words = filled(values["text"], values_for(case.conversation, case.store, case.by))
    add_note(conversation=case.conversation, author=case.by, text=words)
    return f"Note added: “{one_line(words, 60)}”"


def _reply(case: Case, values: Values) -> str:
    words = text_for(case, values["text"])
    if case.by is None and (why := why_no_answer(case)):
        raise Invalid(why)
    automatic = case.by is None
    entry = send_reply(
        store=case.store,
        conversation=case.conversation,
        author=case.by,
        reply=Reply(words, automatic=automatic, origin=case.origin if automatic else ""),
    )
    message = entry.outgoing
    if message is not None and message.reason_text:
        return f"Answer not sent yet: {message.reason_text}"
    return f"Answered: “{one_line(words, 60)}”"


def _no_reply(case: Case, values: Values) -> str:
    try:
        text_for(case, values["text"])
    except Invalid as error:
        return error.message
    return why_no_answer(case) if case.by is None else ""


def _words_here(case: Case, values: Values) -> str:
    return filled(values.get("text", ""), values_for(case.conversation, case.store, case.by))


def _no_such_gap(values: Values) -> dict[str, str]:
    unknown = [name for name in gaps(values.get("text", "")) if name not in VARIABLES]
    return {"text": f"There is no {unknown[0]}."} if unknown else {}


def _stop(case: Case, values: Values) -> str:
    case.stops = True
    return "No further rule looked at this"


_TAG = Input("tag", "Tag", suggestions=tags_in_use)
_TEXT = Input(
    "text",
    "Text",
    kind="long",
    help="Gaps fill themselves: {{customer.first_name}}, {{order.number}} …",
)

for _each in (
    Action("add_tag", "add a tag", lambda v: f"add the tag “{v['tag']}”", _add_tag, (_TAG,)),
    Action(
        "remove_tag", "remove a tag", lambda v: f"remove the tag “{v['tag']}”", _remove_tag, (_TAG,)
    ),
    Action(
        "set_priority", "set the priority",
        lambda v: f"set the priority to {Priority(int(v['priority'])).label.lower()}", _priority,
        (Input(
            "priority", "Priority", kind="choice",
            choices=lambda: [(str(value), str(label)) for value, label in Priority.choices],
        ),),
    ),
    Action(
        "assign", "give it to somebody", _say_assign, _assign,
        (Input("owner", "To", kind="choice", choices=people),),
    ),
    Action(
        "set_status", "set the status",
        lambda v: f"set the status to “{_STATUSES[Status(v['status'])]}”", _status,
        (Input(
            "status", "Status", kind="choice",
            choices=lambda: [(str(key), label) for key, label in _STATUSES.items()],
        ),),
    ),
    Action(
        "snooze", "snooze it", lambda v: f"snooze it {SNOOZES[v['until']].lower()}", _snooze,
        (Input("until", "Until", kind="choice", choices=lambda: list(SNOOZES.items())),),
    ),
    Action(
        "note", "add an internal note", lambda v: f"note “{one_line(v['text'], 60)}”", _note,
        (_TEXT,), check=_no_such_gap, shows=_words_here,
    ),
    Action(
        "reply", "answer the customer", lambda v: f"answer “{one_line(v['text'], 60)}”", _reply,
        (_TEXT,), refuses=_no_reply, check=_no_such_gap,
        shows=_words_here,
    ),
    Action(
        "stop", "let no further rule look at it", lambda v: "let no further rule look at it",
        _stop, in_macros=False,
    ),
):  # fmt: skip
    add_action(_each)
