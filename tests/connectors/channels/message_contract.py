"""What every channel with messages promises, whichever it is. Subclass it in a connector's tests:

    class TestContract(MessageContract):
        key = "whatsapp_cloud"
        address = "+491701234567"
        ...

`settings`, `signed` and `provider` must be given; the rest has sensible answers. A newcomer's
mistake: naming the subclass without `Test` in front: it is then not collected.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, ClassVar, Protocol

import pytest

from shopbell.config.connectors import BUILT_IN
from shopbell.connections.health import takes_webhooks
from shopbell.connections.ports import CONNECTORS, Account, RawRequest, Settings
from shopbell.kit.errors import BadSignature, ConnectorError, Invalid
from shopbell.messaging.ports import (
    BY_NUMBER,
    CHANNELS,
    FailureCode,
    Messenger,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ReceiptKind,
)
from tests.connectors.channels.faults import Fault, Faults
from tests.support.channels import make_account, make_message

ACCEPTED, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.TEMPORARY
PERMANENT, IN_DOUBT = OutcomeKind.PERMANENT, OutcomeKind.IN_DOUBT
NOT_TRIED = OutcomeKind.NOT_TRIED

# What may become of a message that meets a fault. Never lost: no fault is a refusal for good.
AFTER: dict[Fault, frozenset[OutcomeKind]] = {
    Fault.BUSY: frozenset({TEMPORARY, NOT_TRIED}),
    Fault.BROKEN: frozenset({TEMPORARY, IN_DOUBT}),
    Fault.STALL: frozenset({IN_DOUBT}),
    Fault.RESET: frozenset({IN_DOUBT}),
    Fault.DRIP: frozenset({IN_DOUBT}),
    Fault.ERROR_IN_200: frozenset({TEMPORARY, NOT_TRIED, IN_DOUBT}),
    Fault.HTML: frozenset({IN_DOUBT}),
}
# What outsiders post that is no webhook of anybody.
HOSTILE: tuple[bytes, ...] = (
    b"",
    b"{",
    b"\xff\xfe",
    b"5",
    b"null",
    b'"x"',
    b"[" * 100_000,
    b'{"a":' * 5_000,
    b"\0" * 10,
)


class Fake(Protocol):
    """The least a strict fake offers to the contract. `url` goes into the settings."""

    url: str
    faults: Faults

    @property
    def taken(self) -> int:
        """How many messages the provider took."""
        ...


@dataclass(frozen=True, slots=True)
class Hook:
    """One genuine webhook: what is in it, and how its provider signs it."""

    body: bytes
    headers: Mapping[str, str]
    url: str = "/hooks/x/lark/orders"


class MessageContract:
    """The suite. Everything with a line of its own below is overridden where it differs."""

    key: ClassVar[str]
    address: ClassVar[str] = "+491701234567"  # somebody who can be written to
    signature_headers: ClassVar[tuple[str, ...]] = ()
    faults: ClassVar[tuple[Fault, ...]] = tuple(Fault)
    # Bodies as forms are not JSON, and a provider may sign only some of the headers.
    json_bodies: ClassVar[bool] = True
    # A provider may send one message in each, a secret instead of a signature, and no receipts.
    messages_in_a_hook: ClassVar[int] = 2
    signs_bodies: ClassVar[bool] = True
    has_receipts: ClassVar[bool] = True

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        """Return settings of an account whose provider is at `url`, with a time-out of 1 s."""
        raise NotImplementedError

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        """Return a webhook as the provider signs it: two messages of customers, or `body`."""
        raise NotImplementedError

    def status_hook(self) -> Hook:
        """Return a webhook that tells of a message of ours, where there are such."""
        assert not self.has_receipts
        return self.signed()

    def provider(self) -> AbstractContextManager[Fake]:
        """Start the strict fake; `self.address` can be written to there."""
        raise NotImplementedError

    def message(self, **changes: Any) -> OutgoingMessage:
        """Return a message that the provider takes."""
        return make_message(self.address, subject="", html="", **changes)

    # ------------------------------------------------------------------ what is the same for all

    def account(self, url: str = "http://127.0.0.1:9") -> Account:
        return make_account(self.key, self.settings(url), address="+4930555000")

    def request(self, hook: Hook) -> RawRequest:
        return RawRequest("POST", hook.url, dict(hook.headers), hook.body)

    @property
    def channel(self) -> Any:
        return CHANNELS.get(self.key)

    def send(self, url: str, *messages: OutgoingMessage) -> list[Outcome]:
        session = self.channel.open(self.account(url))
        try:
            return list(session.send(messages))
        finally:
            session.close()

    @contextmanager
    def meeting(self, *script: Fault | None) -> Iterator[Fake]:
        """A provider that misbehaves as the script says."""
        with self.provider() as fake:
            fake.faults.plan(*script)
            try:
                yield fake
            finally:
                fake.faults.released.set()

    # ------------------------------------------------------------------ the connector

    def test_it_is_registered_twice_and_is_a_channel(self) -> None:
        assert CONNECTORS.get(self.key) is self.channel
        assert self.channel.family == "channel"
        assert self.channel.title
        assert self.channel.summary.endswith(".")

    def test_it_is_listed_among_the_built_in(self) -> None:
        module = type(self.channel).__module__
        assert any(module.startswith(listed) for listed in BUILT_IN), module

    def test_every_setting_is_explained(self) -> None:
        for name, field in self.channel.settings_model.model_fields.items():
            assert field.description, name
            assert field.description[0].isupper(), name

    def test_secrets_do_not_show(self) -> None:
        account = self.account()
        for name, field in type(account.settings).model_fields.items():
            if "Secret" in str(field.annotation):
                secret = getattr(account.settings, name)
                if secret and secret.get_secret_value():
                    assert secret.get_secret_value() not in repr(account), name

    def test_its_guide_names_the_webhook_and_what_to_do(self) -> None:
        module = type(self.channel).__module__
        package = importlib.import_module(module).__package__ or module
        guide = files(package).joinpath("README.md").read_text(encoding="utf-8")
        assert "## Set it up" in guide
        assert f'channel = "{self.key}"' in guide
        if takes_webhooks(self.channel):
            assert f"/hooks/{self.key}/" in guide

    def test_its_capabilities_fit_together(self) -> None:
        can = self.channel.capabilities
        assert can.batch >= 1
        assert can.max_length is None or can.max_length > 0
        assert can.pair_seconds >= 0
        if can.reply_window and can.human_window:
            assert can.human_window >= can.reply_window
        if can.template_outside_window:
            assert can.reply_window
        if can.private_reply_window:
            assert can.public
        if can.opt_in:
            assert can.template_outside_window

    # ------------------------------------------------------------------ webhooks

    def test_a_genuine_webhook_is_let_in(self) -> None:
        self.channel.verify(self.request(self.signed()), self.account())
        self.channel.verify(self.request(self.status_hook()), self.account())

    def test_a_flipped_byte_of_the_body_is_refused(self) -> None:
        if not self.signs_bodies:
            return
        hook = self.signed()
        step = max(1, len(hook.body) // 200)
        for place in range(0, len(hook.body), step):
            body = bytearray(hook.body)
            body[place] ^= 1
            self.refused(replace(hook, body=bytes(body)))

    def test_a_flipped_sign_of_the_signature_is_refused(self) -> None:
        hook = self.signed()
        for name in self.signature_headers:
            value = hook.headers[name]
            for place in range(len(value)):
                broken = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
                self.refused(replace(hook, headers={**hook.headers, name: broken}))

    def test_a_missing_empty_or_doubled_signature_is_refused(self) -> None:
        hook = self.signed()
        for name in self.signature_headers:
            without = {key: value for key, value in hook.headers.items() if key != name}
            self.refused(replace(hook, headers=without))
            for odd in ("", " ", f"{hook.headers[name]}, {hook.headers[name]}", "ü" * 20):
                self.refused(replace(hook, headers={**hook.headers, name: odd}))

    def test_another_secret_is_refused(self) -> None:
        if self.signature_headers:
            self.refused(self.signed(secret="a secret of somebody else, long enough"))

    def test_the_same_content_written_differently_is_refused(self) -> None:
        hook = self.signed()
        if self.json_bodies and self.signs_bodies and self.signature_headers:
            written = json.dumps(json.loads(hook.body), indent=1).encode()
            assert written != hook.body
            self.refused(replace(hook, body=written))

    def refused(self, hook: Hook) -> None:
        with pytest.raises(BadSignature):
            self.channel.verify(self.request(hook), self.account())

    def test_the_same_webhook_twice_has_the_same_ids(self) -> None:
        for hook in (self.signed(), self.status_hook()):
            once, again = (
                self.channel.identify(self.request(hook), self.account()) for _ in range(2)
            )
            assert once == again
            assert once
            for entry in once:
                assert 0 < len(entry.provider_id) <= 200
                assert 0 < len(entry.topic) <= 120

    def test_what_customers_write_is_translated_with_unique_ids(self) -> None:
        hook, account = self.signed(), self.account()
        topic = self.channel.identify(self.request(hook), account)[0].topic
        assert isinstance(CHANNELS.get(self.key), Messenger)
        once, again = (self.channel.written(topic, hook.body, account) for _ in range(2))
        assert once == again
        assert len(once) == self.messages_in_a_hook
        assert len({one.provider_id for one in once}) == len(once)
        for one in once:
            assert one.sender
            assert one.at.tzinfo is not None
            if self.channel.capabilities.medium in BY_NUMBER:
                assert re.fullmatch(r"\+[1-9][0-9]{6,14}", one.sender), one.sender
        assert not self.channel.receipts(topic, hook.body, account)

    def test_news_of_our_messages_names_them(self) -> None:
        if not self.has_receipts:
            return
        hook, account = self.status_hook(), self.account()
        topic = self.channel.identify(self.request(hook), account)[0].topic
        receipts = self.channel.receipts(topic, hook.body, account)
        assert receipts
        for receipt in receipts:
            assert receipt.kind in ReceiptKind
            assert receipt.provider_id or receipt.message_id
            assert receipt.at.tzinfo is not None
        assert not self.channel.written(topic, hook.body, account)

    @pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:8]))
    def test_what_is_no_webhook_is_invalid_and_nothing_else(self, body: bytes) -> None:
        hook = Hook(body, {})
        with pytest.raises(Invalid):
            self.channel.identify(self.request(hook), self.account())

    def test_odd_values_in_a_webhook_break_nothing(self) -> None:
        if not self.json_bodies:
            return
        for hook in (self.signed(), self.status_hook()):
            for body in _distorted(json.loads(hook.body)):
                self.only_invalid(body)

    def only_invalid(self, body: bytes) -> None:
        account = self.account()
        for read in (self.channel.written, self.channel.receipts):
            try:
                topic = self.channel.identify(self.request(Hook(body, {})), account)[0].topic
                read(topic, body, account)
            except (Invalid, IndexError):
                continue

    # ------------------------------------------------------------------ sending

    def test_a_message_is_taken_once_and_has_an_id(self) -> None:
        with self.provider() as fake:
            [outcome] = self.send(fake.url, self.message())
            assert (outcome.kind, fake.taken) == (ACCEPTED, 1), outcome
            assert outcome.provider_id

    def test_each_fault_touches_only_its_own_message(self) -> None:
        for fault in self.faults:
            with self.meeting(None, fault, None) as fake:
                outcomes = self.send(fake.url, *(self.message() for _ in range(3)))
            kinds = [outcome.kind for outcome in outcomes]
            assert len(kinds) == 3
            assert kinds[0] is kinds[2] is ACCEPTED, (fault, outcomes)
            assert kinds[1] in AFTER[fault], (fault, outcomes[1])
            assert outcomes[1].detail, fault
            if fault is Fault.BUSY:
                assert 27 <= (outcomes[1].retry_after or 0) <= 33

    def test_nobody_there_means_it_was_not_tried(self) -> None:
        try:
            [outcome] = self.send("http://127.0.0.1:9", self.message())
        except ConnectorError:
            return
        assert outcome.kind is NOT_TRIED
        assert outcome.detail

    def test_a_refusal_names_a_known_reason(self) -> None:
        with self.provider() as fake:
            [outcome] = self.send(fake.url, replace(self.message(), to="nonsense"))
        assert outcome.kind is PERMANENT
        assert outcome.code in FailureCode
        assert outcome.detail


_ODD: tuple[Any, ...] = (None, 7, "", [], {}, "\ud800\0", -1, True, [[]], 1e308)


def _distorted(value: Any) -> Iterator[bytes]:
    """Yield the document with each of its leaves and branches replaced by something odd."""
    for path in _paths(value):
        for odd in _ODD:
            yield json.dumps(_with(value, path, odd)).encode()


def _paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        yield (*here, key)
        yield from _paths(child, (*here, key))


def _with(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], odd)
    return copy
