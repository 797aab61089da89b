"""Importing this room makes the worker send messages, settle doubts and watch for mail."""

from shopbell.events.pump import Pump, register
from shopbell.messaging import doubts, fallback, outbox
from shopbell.messaging.inbound.office import OFFICE, ROUND_SECONDS

__all__ = ["doubts", "fallback", "outbox"]

register(Pump("post", OFFICE.tend, interval=ROUND_SECONDS, at_end=OFFICE.close))
