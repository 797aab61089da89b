"""Compiles a merchant's template, once per version: MJML in the store's frame, CSS inlined.

    compiled = compile_template(Source(subject="…", body="<mj-text>…</mj-text>"))

Mistakes come as `Invalid` with the field and the line the merchant sees. A newcomer's mistake:
calling this in a web process on text of a stranger. `RenderPool.compile_template` does the same in
a child that may crash.
"""

import re
from collections.abc import Mapping
from typing import Any

import css_inline
import mjml
from liquid.exceptions import LiquidError

from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering import engine, layout, structure
from shopbell.messaging.rendering.blocks import expand
from shopbell.messaging.rendering.jobs import Compiled
from shopbell.messaging.rendering.plain import plain_text
from shopbell.messaging.rendering.protect import Protector, without_comments
from shopbell.messaging.rendering.reasons import in_plain_words
from shopbell.messaging.rendering.source import Source

LONGEST_SOURCE = 100_000
_LONG_TAG = re.compile(r"(<(?:table|tr|td|div)) ")
_WAY_OUT = re.compile(r"\blinks\.(?:unsubscribe|preferences)\b")


def compile_template(source: Source) -> Compiled:
    """Return the template ready to render. Raise `Invalid` (with `fields`) if it cannot be used."""
    _check_liquid(source)
    if source.medium is not Medium.EMAIL:
        return Compiled(subject="", html="", text=source.body.strip())
    try:
        return _compile_mail(source)
    except Invalid as error:
        if error.fields:
            raise
        raise Invalid(error.message, fields={"body": error.message}) from None


def _check_liquid(source: Source) -> None:
    fields = {
        "subject": source.subject,
        "preheader": source.preheader,
        "body": source.body,
        "text": source.text,
        "footer_note": source.layout.footer_note,
    }
    problems: dict[str, str] = {}
    for name, text in fields.items():
        if len(text) > LONGEST_SOURCE:
            problems[name] = f"This is longer than {LONGEST_SOURCE:,} characters."
            continue
        try:
            engine.parse(text)
        except LiquidError as error:
            problems[name] = in_plain_words(error, text)
        except RecursionError:
            problems[name] = "Blocks are nested too deeply."
    if not source.body.strip():
        problems["body"] = "The message has no text yet."
    if source.medium is Medium.EMAIL and not source.subject.strip():
        problems["subject"] = "A mail needs a subject."
    if problems:
        raise Invalid("The template has a mistake.", fields=problems)


def _compile_mail(source: Source) -> Compiled:
    body = without_comments(source.body)
    structure.check(body)
    protector = Protector()
    preheader = _escaped(source.preheader)
    protector.choose_salt(body, preheader, source.layout.footer_note)
    hidden_body = protector.hide_in_markup(expand(body, source.locale))
    hidden_body = re.sub(r"<(?=[\s\d=])", "&lt;", hidden_body)
    if not re.search(r"<mj-", hidden_body):
        hidden_body = f"<mj-text>{hidden_body}</mj-text>"
    in_body = len(protector.liquid)
    structure.check_balance(hidden_body)
    document = layout.document(source, protector.hide_in_text(preheader), "\n@@body@@\n")
    hidden = protector.hide_in_markup(document).replace("@@body@@", _in_sections(hidden_body))
    html = _to_html(hidden)
    if lost := protector.lost_in(html, in_body):
        tag, line = lost
        raise Invalid(
            f"Line {line}: {tag} stands where a mail cannot have text. Put it inside mj-text."
        )
    html = protector.show(html)
    try:
        engine.parse(html, html=True)
    except LiquidError as error:
        raise Invalid(
            f"The blocks of the mail and its tags overlap: {in_plain_words(error)}"
        ) from None
    return Compiled(subject=source.subject.strip(), html=html, text=_plain(source, body))


def _in_sections(body: str) -> str:
    """Let a simple body do without sections and columns."""
    if re.search(r"<mj-(section|wrapper|hero)\b", body):
        return body
    inner = body if re.search(r"<mj-column\b", body) else f"<mj-column>{body}</mj-column>"
    return f"<mj-section>{inner}</mj-section>"


def _to_html(document: str) -> str:
    try:
        html = mjml.mjml2html(document, fonts={})
    except ValueError as error:
        raise Invalid(f"The MJML cannot be read: {error}.") from None
    html = css_inline.inline(
        html,
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
        extra_css=layout.INLINED,
    )
    # Short lines need no encoding on their way. Within a tag, and between the rows of a table and
    # its end, a line end means nothing.
    lines = _LONG_TAG.sub(r"\1\n", re.sub(r"\s*\n\s*", "\n", html))
    return lines.replace("</tbody>", "\n</tbody>")


def _plain(source: Source, body: str) -> str:
    """Return the plain part: its own words, or the body with the blocks in their plain form.

    Both end with the footer, unless somebody wrote their own way out.
    """
    footer = f"<p>--</p><p>{layout.footer(source, plain=True)}</p>"
    if source.text:
        own = _WAY_OUT.search(source.text)
        return source.text if own else f"{source.text.rstrip()}\n\n{_as_plain(footer)}"
    return _as_plain(expand(body, source.locale, plain=True) + footer)


def _as_plain(markup: str) -> str:
    protector = Protector()
    protector.choose_salt(markup)
    return protector.show(plain_text(protector.hide_in_markup(markup)))


def _escaped(text: str) -> str:
    """Escape the literal parts of plain text for HTML; Liquid stays."""
    protector = Protector()
    protector.choose_salt(text)
    hidden = protector.hide_in_text(text)
    return protector.show(hidden.replace("&", "&amp;").replace("<", "&lt;"))


def compile_for_parent(source: Mapping[str, Any]) -> dict[str, Any]:
    """Compile for another process: plain values in, plain values or the mistake out."""
    try:
        return dict(compile_template(Source.from_json(source)).to_json())
    except Invalid as error:
        return {"error": error.message, "fields": error.fields}
