"""Handing mails over: MAIL, RCPT and DATA in one write, and the next ones behind the final dot.

A newcomer's mistake: calling a mail failed because the connection broke. From the first byte of the
final dot until its reply arrives nobody knows whether the server has it: that is `IN_DOUBT`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shopbell.connectors.channels.smtp.connection import Connection, open_connection
from shopbell.connectors.channels.smtp.line import LineLost, SendLost
from shopbell.connectors.channels.smtp.replies import Reply, refusal
from shopbell.connectors.channels.smtp.settings import SmtpSettings
from shopbell.kit.errors import ConnectorError, Invalid
from shopbell.kit.mail.addresses import Address, parse_address
from shopbell.kit.mail.assemble import MailFile, assemble_mail
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingMessage

_END = b".\r\n"
_STAGES = ("mail", "rcpt", "data")
_GO_AHEAD = 354
_CLOSING = 421
_RECONNECT_SECONDS = 30.0
_LAST_WORDS = 1.0  # seconds to wait for the reason of a server that hung up while we sent
_NOT_TRIED = Outcome(OutcomeKind.NOT_TRIED)


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail ready for the wire: `content` is dot-stuffed and ends in CRLF."""

    sender: Address
    recipient: Address
    content: bytes
    wide: bool
    copies: tuple[Address, ...] = ()

    def commands(self, connection: Connection) -> list[bytes]:
        """Return MAIL, RCPT and DATA as this server wants them."""
        options = f" SIZE={len(self.content)}" if "SIZE" in connection.features else ""
        if self.wide:
            options += " BODY=8BITMIME SMTPUTF8"
        return [
            f"MAIL FROM:<{self.sender}>{options}\r\n".encode(),
            f"RCPT TO:<{self.recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]

    def copy_commands(self) -> list[tuple[Address, bytes]]:
        """Return one RCPT for each further recipient; who is blind stands nowhere else."""
        return [(each, f"RCPT TO:<{each}>\r\n".encode()) for each in self.copies]


class SmtpSession:
    """An open line to one server. It opens a new one by itself when the old one is used up."""

    def __init__(self, settings: SmtpSettings, address: str = "") -> None:
        self._settings = settings
        self._address = address
        self._connection: Connection | None = open_connection(settings)
        self._ahead = False  # the commands of the next mail are sent already
        self._reset = False  # the server still holds a refused transaction
        self._lost = False  # the connection broke within this batch
        self._missed: list[str] = []  # copies of the present mail that were not taken

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand the messages over, one outcome each; never raises for a server that is away."""
        outcomes = [_NOT_TRIED] * len(messages)
        rested = self._connection is not None
        try:
            connection = self._ready_connection()
        except ConnectorError as error:
            return [_not_tried(error)] * len(messages)
        ready: list[tuple[int, _Mail]] = []
        for at, message in enumerate(messages):
            prepared = self._prepare(message, connection)
            if isinstance(prepared, Outcome):
                outcomes[at] = prepared
            else:
                ready.append((at, prepared))
        self._lost = False
        for position, (at, mail) in enumerate(ready):
            following = ready[position + 1][1] if position + 1 < len(ready) else None
            try:
                outcomes[at] = self._hand_over(mail, following, rested=rested and position == 0)
            except ConnectorError as error:  # a fresh connection was due and could not be made
                outcomes[at] = _not_tried(error)
                break
            if self._lost:
                break
        return outcomes

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._connection is not None:
            self._connection.quit()
        self._connection = None

    # --- one mail

    def _prepare(self, message: OutgoingMessage, connection: Connection) -> "_Mail | Outcome":
        try:
            recipient = parse_address(message.to)
        except Invalid as error:
            return _permanent(FailureCode.UNKNOWN_ADDRESS, error.message)
        try:
            mail = build_mail(message, recipient, self._settings, self._address)
        except Invalid as error:
            return _permanent(FailureCode.BAD_CONTENT, error.message)
        if mail.wide and "SMTPUTF8" not in connection.features:
            detail = "The server cannot write to addresses with letters beyond ASCII (SMTPUTF8)."
            return _permanent(FailureCode.REFUSED, detail)
        size, limit = len(mail.content), connection.size_limit
        if 0 < limit < size:
            detail = f"The mail has {size} bytes, the server takes {limit}."
            return _permanent(FailureCode.TOO_LARGE, detail)
        return mail

    def _hand_over(self, mail: _Mail, following: _Mail | None, *, rested: bool) -> Outcome:
        """Send one mail; a resting connection found dead is replaced once before its content."""
        connection = self._ready_connection()
        try:
            refused = self._envelope(connection, mail)
        except LineLost as error:
            self._drop()
            if not rested:
                return Outcome(OutcomeKind.TEMPORARY, detail=_sentence(error))
            self._lost = False
            return self._hand_over(mail, following, rested=False)
        if refused is None:
            return self._content(connection, mail, following)
        if rested and refused[0].code == _CLOSING:
            self._drop()
            self._lost = False
            return self._hand_over(mail, following, rested=False)
        return self._refused(connection, *refused)

    def _envelope(self, connection: Connection, mail: _Mail) -> tuple[Reply, str] | None:
        """Say who and to whom. Returns the refusing reply and its stage, or None to go on."""
        line = connection.line
        if self._reset:
            self._reset = False
            line.write(b"RSET\r\n")
            line.read_reply()
        self._missed = []
        if connection.pipelining and not mail.copies:
            if not self._ahead:
                line.write(b"".join(mail.commands(connection)))
            self._ahead = False
            return self._pipelined_replies(connection)
        # One by one: with several recipients a mail must not go to the others when the first one,
        # whose mail it is, was refused.
        for command, stage in zip(mail.commands(connection), _STAGES, strict=True):
            if stage == "data" and (closing := self._copy(connection, mail)) is not None:
                return closing, "rcpt"
            line.write(command)
            reply = line.read_reply()
            if not _is_good(reply, stage):
                self._reset = stage != "mail"
                return reply, stage
        return None

    def _copy(self, connection: Connection, mail: _Mail) -> Reply | None:
        """Name who else gets it; those who are refused are noted. Returns a reply that closes."""
        for address, command in mail.copy_commands():
            connection.line.write(command)
            reply = connection.line.read_reply()
            if reply.code == _CLOSING:
                return reply
            if not _is_good(reply, "rcpt"):
                self._missed.append(f"No copy to {address}: {reply.detail}")
        return None

    def _pipelined_replies(self, connection: Connection) -> tuple[Reply, str] | None:
        refused: tuple[Reply, str] | None = None
        for stage in _STAGES:
            try:
                reply = connection.line.read_reply()
            except LineLost:
                if refused is None:
                    raise
                self._drop()  # it said no and hung up: the no is what counts
                return refused
            if reply.code == _CLOSING and refused is not None:
                self._drop()
                return refused
            if refused is None and not _is_good(reply, stage):
                refused = reply, stage
                if reply.code == _CLOSING:
                    return refused
        if refused is not None:
            self._reset = True
            if reply.code == _GO_AHEAD:  # it waits for a mail to nobody: give it an empty one
                connection.line.write(_END)
                connection.line.read_reply()
        return refused

    def _content(self, connection: Connection, mail: _Mail, following: _Mail | None) -> Outcome:
        connection.used += 1
        tail = b""
        ahead = following is not None and connection.pipelining and not following.copies
        if following and ahead and not self._used_up(connection):
            tail = b"".join(following.commands(connection))
        try:
            connection.line.write(b"".join((mail.content, _END, tail)))
            self._ahead = bool(tail)
            reply = connection.line.read_reply(self._settings.data_timeout)
            good = _is_good(reply, "dot")
        except SendLost as error:
            return self._cut_while_sending(connection, mail, error)
        except LineLost as error:
            self._drop()
            return Outcome(OutcomeKind.IN_DOUBT, detail=_sentence(error))
        if not good:
            return self._refused(connection, reply, "dot")
        if self._used_up(connection):
            self.close()
        return Outcome(OutcomeKind.ACCEPTED, detail=" ".join([reply.detail, *self._missed]))

    def _cut_while_sending(self, connection: Connection, mail: _Mail, error: SendLost) -> Outcome:
        """Judge a broken write: without the final dot the server cannot have taken the mail."""
        if error.gone > len(mail.content):
            self._drop()
            return Outcome(OutcomeKind.IN_DOUBT, detail=_sentence(error))
        try:
            reply = connection.line.read_reply(_LAST_WORDS)
        except LineLost:
            reply = None
        self._drop()
        if reply is not None and reply.code >= 400:
            return refusal(reply, "dot")
        return Outcome(OutcomeKind.TEMPORARY, detail=_sentence(error))

    def _refused(self, connection: Connection, reply: Reply, stage: str) -> Outcome:
        if reply.code == _CLOSING:
            self._drop()
        elif self._used_up(connection) and self._connection is not None:
            self.close()
        return refusal(reply, stage)

    # --- the connection

    def _ready_connection(self) -> Connection:
        if self._connection is None:
            self._ahead = self._reset = False
            self._connection = open_connection(self._settings)
        return self._connection

    def _used_up(self, connection: Connection) -> bool:
        return connection.used >= self._settings.messages_per_connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.line.close()
        self._connection = None
        self._lost = True


def build_mail(
    message: OutgoingMessage, recipient: Address, settings: SmtpSettings, address: str
) -> _Mail:
    """Put one message together for the wire.

    Raises:
        Invalid: an address or a header cannot be sent.
    """
    sender = parse_address(message.from_address or address)
    data = assemble_mail(
        from_address=str(sender),
        from_name=message.from_name or settings.from_name,
        to=message.to,
        to_name=message.to_name,
        reply_to=message.reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        message_id=message.message_id or f"<{message.id}@{sender.domain}>",
        headers=message.headers,
        cc=message.cc,
        files=[MailFile(each.name, each.content_type, each.content()) for each in message.files],
    )
    if data.startswith(b".") or b"\n." in data:
        data = data.replace(b"\n.", b"\n..")
    copies = tuple(parse_address(each) for each in (*message.cc, *message.bcc))
    wide = sender.wide or not data.isascii() or any(each.wide for each in (recipient, *copies))
    return _Mail(sender, recipient, data, wide, copies)


def _is_good(reply: Reply, stage: str) -> bool:
    """Whether the reply takes the command; one that fits neither way means we lost step."""
    if reply.code >= 400:
        return False
    if (reply.code == _GO_AHEAD) != (stage == "data") or reply.code < 200:
        raise LineLost(f"the server answered out of step: {reply.detail}")
    return True


def _not_tried(error: ConnectorError) -> Outcome:
    wait = getattr(error, "retry_after", None) or _RECONNECT_SECONDS
    return Outcome(OutcomeKind.NOT_TRIED, detail=error.message, retry_after=wait)


def _permanent(code: FailureCode, detail: str) -> Outcome:
    return Outcome(OutcomeKind.PERMANENT, code=code, detail=detail)


def _sentence(error: LineLost) -> str:
    text = str(error.args[0])
    return f"{text[:1].upper()}{text[1:]}."
