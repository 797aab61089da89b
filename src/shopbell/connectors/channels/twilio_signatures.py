"""How Twilio signs what it posts to us, for text messages and calls alike.

HMAC-SHA1 in base64 over the public address and the sorted parameters, under the account's token:
https://www.twilio.com/docs/usage/webhooks/webhooks-security. A newcomer's mistake: taking the
address from the request. Behind a proxy it is another; what was entered at Twilio is
`Account.webhook_url`.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from shopbell.connections.ports import RawRequest
from shopbell.kit.errors import BadSignature

HEADER = "x-twilio-signature"
BODY_HASH = "bodySHA256"
_MOST_FIELDS = 500
_USUAL_PORTS = {"https": 443, "http": 80}

type Params = Sequence[tuple[str, str]]


def params_of(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form as they came; none for what is no form."""
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def signature_of(url: str, params: Params, token: str) -> str:
    """Return the signature of a request to `url`."""
    unique = sorted(set(params))
    text = url + "".join(name + value for name, value in unique)
    mac = hmac.new(token.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def require_signature(request: RawRequest, webhook_url: str, tokens: Iterable[str]) -> None:
    """Raise `BadSignature` unless Twilio signed this request to our address with a token."""
    given = request.headers.get(HEADER, "").strip().encode()
    _, mark, query = request.url.partition("?")
    url = f"{webhook_url}?{query}" if mark else webhook_url
    claimed = dict(parse_qsl(query)).get(BODY_HASH)
    params: Params = []
    if claimed is None:
        params = params_of(request.body)
    elif not hmac.compare_digest(
        claimed.encode(), hashlib.sha256(request.body).hexdigest().encode()
    ):
        raise _refusal()
    expected = [
        signature_of(each, params, token).encode()
        for token in tokens
        for each in (url, _other_port(url))
    ]
    if not any([hmac.compare_digest(one, given) for one in expected]):
        raise _refusal()


def _other_port(url: str) -> str:
    """Return the address with the usual port said, or without any if one is said.

    Twilio signs either, see "A few notes" of its page.
    """
    parts = urlsplit(url)
    host = parts.netloc
    if parts.port is not None:
        host = host.rpartition(":")[0]
    elif parts.scheme in _USUAL_PORTS:
        host = f"{host}:{_USUAL_PORTS[parts.scheme]}"
    return urlunsplit(parts._replace(netloc=host))


def _refusal() -> BadSignature:
    return BadSignature("The signature of this Twilio request does not fit its content.")
