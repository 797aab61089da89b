"""Rendering a batch of messages that passed the gate, in the killable child.

A missing variable refuses to send: the message is held for a person, naming the variable.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.consent.queries import current_consents, is_granted
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.errors import Invalid
from shopbell.kit.media import is_kept
from shopbell.messaging.approved import filled, gaps_source, lack_of, reads_like, text_kind
from shopbell.messaging.context import Place, contexts
from shopbell.messaging.envelopes import files_of, message_id_of
from shopbell.messaging.followed import count_links
from shopbell.messaging.gate import Answer, Route, Verdict, customer_zone
from shopbell.messaging.links import pixel
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.plans import patience
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import Medium, Rendered, able_with
from shopbell.messaging.ports.prices import price_of
from shopbell.messaging.rendering.jobs import RenderFailure, RenderJob, RenderResult
from shopbell.messaging.segments import segments
from shopbell.messaging.states import WRITTEN
from shopbell.messaging.templates import POOL, Text, TextFinder, text_of

type Judged = tuple[Message, Verdict]


class Prepared(NamedTuple):
    """A rendered message, where it goes, and the compiled HTML it was made from."""

    message: Message
    route: Route
    page: str = ""


def prepare(store: Store, passed: Sequence[Judged]) -> tuple[list[Prepared], list[Judged]]:
    """Render and save what goes out; returns the ready ones and those that cannot be rendered."""
    ready, refused = rendered(store, passed)
    _save([each.message for each in ready])
    return ready, refused


def rendered(store: Store, passed: Sequence[Judged]) -> tuple[list[Prepared], list[Judged]]:
    """Render what goes out, without saving; returns as `prepare` does."""
    refused: list[Judged] = []
    found: list[tuple[Message, Route, Text]] = []
    ready: list[Prepared] = []
    finder = TextFinder(store.locale)
    for message, verdict in passed:
        route = verdict.route
        assert route is not None
        message.locale = message.locale or _locale(store, message)
        if message.origin in WRITTEN:  # written for this one reader, not from a template
            problem = _files_problem(message, route)
            if problem is not None:
                refused.append((message, problem))
                continue
            _note_route(store, message, verdict, route)
            _take_content(message)
            ready.append(Prepared(message, route))
            continue
        message.data.pop("approved", None)
        try:
            text = _text_for(message, route, finder)
        except Invalid as error:
            refused.append((message, _hold("template_broken", f"The text cannot be used: {error}")))
            continue
        if text is None:
            refused.append((message, _hold("no_template", "There is no text for this message.")))
            continue
        _note_route(store, message, verdict, route)
        found.append((message, route, text))
    results = render_texts(store, [(message, text) for message, _, text in found])
    for (message, route, text), result in zip(found, results, strict=True):
        problem = _problem(result, route)
        if problem is not None:
            refused.append((message, problem))
            continue
        assert isinstance(result, Rendered)
        if route.way.text is not None and route.way.template is not None:
            problem = _use_template(message, route.way.text, route.way.template, result.text)
            if problem is not None:
                refused.append((message, problem))
                continue
            ready.append(Prepared(message, route))
            continue
        message.template_version = text.version
        message.subject, message.text, message.html = result.subject, result.text, result.html
        ready.append(Prepared(message, route, text.compiled.html))
    mails = [each.message for each in ready if each.route.medium == Medium.EMAIL]
    count_links(store, mails)
    _add_pixels(store, mails)
    _note_costs(ready)
    return ready, refused


def _text_for(message: Message, route: Route, finder: TextFinder) -> Text | None:
    """Return the text to render: ours, or what fills the gaps of an approved template."""
    if route.way.text is None:
        return finder.find(text_kind(message), route.medium, message.locale)
    return text_of(gaps_source(route.way.text, route.medium, message.locale), message.locale)


def _use_template(
    message: Message, text: ApprovedText, template: ApprovedTemplate, rendered: str
) -> Verdict | None:
    """Note which template a message goes out as, and what it reads like."""
    use = filled(text, template, rendered)
    if lack := lack_of(use):
        return _hold("missing_variable", lack)
    message.template_version = None
    message.data["approved"] = use
    message.subject, message.text, message.html = "", reads_like(template, use), ""
    return None


def _take_content(message: Message) -> None:
    content = message.data.get("content", {})
    message.subject = str(content.get("subject", ""))
    message.text, message.html = str(content.get("text", "")), str(content.get("html", ""))


def render_texts(store: Store, pairs: Sequence[tuple[Message, Text]]) -> list[RenderResult]:
    """Render each message with its text; never raises."""
    places = [
        Place(text.locale, customer_zone(message, store), text.source.medium)
        for message, text in pairs
    ]
    built = contexts(store, [message for message, _ in pairs], places)
    jobs = [
        RenderJob(
            compiled=text.compiled,
            context=context,
            locale=place.locale,
            currency=message.order.currency if message.order else store.currency,
            time_zone=place.zone,
            cache_key=text.cache_key,
        )
        for (message, text), context, place in zip(pairs, built, places, strict=True)
    ]
    return POOL.render_many(jobs) if jobs else []


def _locale(store: Store, message: Message) -> str:
    order = message.order.locale if message.order else ""
    customer = message.customer.locale if message.customer else ""
    return order or customer or store.locale


def _note_route(store: Store, message: Message, verdict: Verdict, route: Route) -> None:
    message.connection = route.connection
    message.medium = str(route.medium)
    message.to_address = route.address
    if not message.to_name and message.customer is not None:
        message.to_name = message.customer.name[:200]
    if verdict.route is not None and verdict.route.is_soft:
        message.data["existing_customer"] = True  # the footer says why they get it
    else:
        message.data.pop("existing_customer", None)
    message.reason, message.reason_text = verdict.reason, verdict.text[:500]
    message.fallback_after = patience(message, route)
    if not message.message_id:
        message.message_id = message_id_of(store, message.pk, route.connection.address)


def _problem(result: RenderResult, route: Route) -> Verdict | None:
    if isinstance(result, RenderFailure):
        return _hold("template_broken", result.sentence)
    if result.missing:
        names = ", ".join(result.missing)
        return _hold("missing_variable", f"The text prints {names}, which is empty here.")
    limit = able_with(route.connection.connector, route.connection.settings).max_length
    if limit is not None and len(result.text) > limit:
        return _hold(
            "too_long", f"The text has {len(result.text)} characters; {limit} are allowed."
        )
    return None


def _files_problem(message: Message, route: Route) -> Verdict | None:
    """Say why the files of an answer cannot go along; without them it does not go either."""
    files = files_of(message)
    gone = next((file for file in files if not is_kept(file.key)), None)
    if gone is not None:
        return _hold(
            "file_missing",
            f"The file “{gone.name}” is not there any more, so nothing was sent.",
        )
    most = able_with(route.connection.connector, route.connection.settings).attachment_bytes
    if files and sum(file.size for file in files) > most:
        return _hold(
            "too_large",
            f"The files are larger than this channel takes ({most // 1_000_000} MB)."
            if most
            else "This channel takes no files.",
        )
    return None


def _hold(reason: str, text: str) -> Verdict:
    return Verdict(Answer.HOLD, reason, text)


def _note_costs(ready: Sequence[Prepared]) -> None:
    """Note what texts cost by the prices of today; another list does not change what was."""
    for message, route, _ in ready:
        message.cost, message.cost_currency = None, ""
        if route.medium != Medium.SMS or not route.connection.settings.get("prices"):
            continue
        parts = segments(message.text).parts
        price = price_of(route.connection.settings, route.address, parts)
        if price is not None:
            message.cost, message.cost_currency = price.amount, price.currency


def _add_pixels(store: Store, messages: Sequence[Message]) -> None:
    """Measure opens only where the store wants it and the customer agreed."""
    if not policy_of(store).track_opens:
        return
    consents = current_consents({m.customer_id for m in messages if m.customer_id})
    for message in messages:
        key = (message.customer_id, "tracking", "email")
        if message.customer_id and is_granted(consents, key):  # type: ignore[arg-type]
            message.html = message.html.replace("</body>", f"{pixel(store, message)}</body>", 1)


_MADE = ("approved", "links")  # what preparing a message adds to its data
_COLUMNS = (
    ("connection_id", "uuid"),
    ("medium", "text"),
    ("to_address", "text"),
    ("to_name", "text"),
    ("locale", "text"),
    ("reason", "text"),
    ("reason_text", "text"),
    ("template_version_id", "uuid"),
    ("message_id", "text"),
    ("subject", "text"),
    ("text", "text"),
    ("html", "text"),
    ("fallback_after", "int"),
    ("cost", "numeric"),
    ("cost_currency", "text"),
)


def _save(messages: Sequence[Message]) -> None:
    """Write all rendered messages in one statement; a lost claim changes nothing."""
    if not messages:
        return
    sets = ", ".join(f'"{name}" = r."{name}"' for name, _ in _COLUMNS)
    columns = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS)
    rows = [
        {"id": m.pk, "fence": m.attempts, "made": {x: m.data[x] for x in _MADE if m.data.get(x)}}
        | {name: getattr(m, name) for name, _ in _COLUMNS}
        | {"cost": None if m.cost is None else str(m.cost)}
        for m in messages
    ]
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message t SET {sets},"
            " data = (t.data - %s::text[]) || r.made"
            f" FROM json_to_recordset(%s) AS r(id uuid, fence int, made jsonb, {columns})"
            # Said twice so that the rows are found by their key, whatever the statistics say.
            " WHERE t.id = ANY(%s) AND t.id = r.id AND t.attempts = r.fence"
            " AND t.state = 'claimed'",
            [list(_MADE), json_rows(rows), [m.pk for m in messages]],
        )
