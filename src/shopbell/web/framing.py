"""Stored mail as a document for a sandboxed frame: it cannot run, post, navigate or phone home.

The header names a policy of its own (the global one is for our pages and would let scripts with a
nonce run). A newcomer's mistake: relying on the `sandbox` attribute of the frame alone; somebody
may open the address in a tab of its own.
"""

import re

from django.http import HttpResponse

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src https: http: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_UNTRUSTED = _POLICY.replace("img-src https: http: data:", "img-src data:")
_BASE = '<base target="_blank">'


def mail_document(html: str) -> HttpResponse:
    """Answer with the HTML of a mail; its links open in a new tab, without telling where from."""
    return _document(html, _POLICY)


def untrusted_document(html: str, *, pictures_from: str = "") -> HttpResponse:
    """Answer with the HTML of somebody else's mail: nothing is loaded from anywhere.

    `pictures_from`: an address of our own below which pictures may be loaded all the same.
    """
    policy = _UNTRUSTED
    if pictures_from:
        policy = policy.replace("img-src data:", f"img-src data: {pictures_from}")
    return _document(html, policy)


def _document(html: str, policy: str) -> HttpResponse:
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return HttpResponse(
        html[:at] + _BASE + html[at:],
        headers={
            "Content-Security-Policy": policy,
            "X-Frame-Options": "SAMEORIGIN",
            "Referrer-Policy": "no-referrer",
        },
    )
