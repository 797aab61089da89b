"""Opening an SMTP connection: greeting, EHLO, TLS, login.

A newcomer's mistake: going on in plain text when the server offers no STARTTLS. Someone on the way
may have removed the offer; with `security = "starttls"` such a server is refused.
"""

import base64
import socket
import ssl
from dataclasses import dataclass
from functools import lru_cache

from shopbell.connectors.channels.smtp.line import Line, LineLost
from shopbell.connectors.channels.smtp.replies import Reply
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import FailureCode


@dataclass(slots=True)
class Connection:
    """A line that is ready for mail, and what its server offers."""

    line: Line
    features: dict[str, str]
    used: int = 0  # mails sent over it

    @property
    def pipelining(self) -> bool:
        """Whether commands may be sent without waiting for each reply (RFC 2920)."""
        return "PIPELINING" in self.features

    @property
    def size_limit(self) -> int:
        """The largest mail the server takes, in bytes; 0 when it does not say."""
        value = self.features.get("SIZE", "")
        return int(value) if value.isdigit() else 0

    def quit(self) -> None:
        """Say goodbye without waiting for the answer, and close."""
        try:
            self.line.write(b"QUIT\r\n")
        except LineLost:
            pass
        self.line.close()


def open_connection(settings: SmtpSettings) -> Connection:
    """Connect, protect the line and log in.

    Raises:
        Temporary: the server cannot be reached or is busy.
        Permanent: it refuses us, the login or TLS; repeating that helps nobody.
    """
    try:
        line = Line(settings.host, settings.port, settings.timeout)
    except LineLost as error:
        raise _unreachable(settings, error) from error
    try:
        return _greet(line, settings)
    except ssl.SSLCertVerificationError as error:
        line.close()
        raise Permanent(
            f"The certificate of {settings.host} cannot be trusted: {error.verify_message}.",
            code=FailureCode.AUTHENTICATION,
        ) from error
    except LineLost as error:
        line.close()
        raise _unreachable(settings, error) from error
    except BaseException:
        line.close()
        raise


def _greet(line: Line, settings: SmtpSettings) -> Connection:
    context = tls_context(settings.verify_certificates, settings.ca_certificates)
    if settings.security is Security.TLS:
        line.start_tls(context, settings.host)
    _expect(line.read_reply(), "The server does not want to talk to us")
    features = _hello(line)
    if settings.security is Security.STARTTLS:
        if "STARTTLS" not in features:
            raise Permanent(
                f"{settings.host} offers no STARTTLS on port {settings.port}, so nothing was sent.",
                code=FailureCode.AUTHENTICATION,
            )
        line.write(b"STARTTLS\r\n")
        _expect(line.read_reply(), "The server refuses STARTTLS")
        line.start_tls(context, settings.host)
        features = _hello(line)
    if settings.username:
        _log_in(line, features, settings.username, settings.password.get_secret_value())
    return Connection(line, features)


@lru_cache(maxsize=64)
def tls_context(verify: bool, extra: str) -> ssl.SSLContext:
    """Return the TLS rules: whether to verify, and PEM certificates to trust besides."""
    context = ssl.create_default_context()
    if extra:
        try:
            context.load_verify_locations(cadata=extra)
        except (ssl.SSLError, ValueError):
            raise Permanent(
                "The extra certificates are not PEM text.", code=FailureCode.AUTHENTICATION
            ) from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _hello(line: Line) -> dict[str, str]:
    """Say EHLO, or HELO to a very old server; return what it offers."""
    name = _own_name(line)
    line.write(f"EHLO {name}\r\n".encode("ascii"))
    reply = line.read_reply()
    if reply.code in (500, 501, 502, 504):
        line.write(f"HELO {name}\r\n".encode("ascii"))
        _expect(line.read_reply(), "The server does not want to talk to us")
        return {}
    _expect(reply, "The server does not want to talk to us")
    offers = (text.partition(" ") for text in reply.text.split("\n")[1:])
    return {name.upper(): value.strip() for name, _, value in offers}


def _own_name(line: Line) -> str:
    name = socket.gethostname()
    if "." in name and name.isascii() and name.replace(".", "").replace("-", "").isalnum():
        return name
    address = line.local_address
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _log_in(line: Line, features: dict[str, str], username: str, password: str) -> None:
    offered = features.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        secret = base64.b64encode(f"\0{username}\0{password}".encode())
        line.write(b"AUTH PLAIN " + secret + b"\r\n")
    elif "LOGIN" in offered:
        line.write(b"AUTH LOGIN\r\n")
        for answer in (username, password):
            reply = line.read_reply()
            if reply.code != 334:
                _expect(reply, "The server refuses the login")
            line.write(base64.b64encode(answer.encode()) + b"\r\n")
    else:
        raise Permanent(
            "The server offers no login we know (PLAIN or LOGIN). Check port and security.",
            code=FailureCode.AUTHENTICATION,
        )
    _expect(line.read_reply(), "The server refuses the login")


def _expect(reply: Reply, sentence: str) -> None:
    if reply.good:
        return
    message = f"{sentence}: {reply.detail}"
    if 500 <= reply.code < 600:
        raise Permanent(message, code=FailureCode.AUTHENTICATION)
    raise Temporary(message)


def _unreachable(settings: SmtpSettings, error: LineLost) -> Temporary:
    return Temporary(f"{settings.host}, port {settings.port}: {error.args[0]}.")
