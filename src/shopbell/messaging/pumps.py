"""Importing this room makes the worker send messages, settle doubts and watch for what comes."""

from shopbell.events.pump import Pump, register
from shopbell.messaging import approving, doubts, fallback, followed, lanes, outbox
from shopbell.messaging.inbound import missed
from shopbell.messaging.inbound.office import OFFICE, ROUND_SECONDS

__all__ = ["approving", "doubts", "fallback", "followed", "lanes", "missed", "outbox"]

register(Pump("post", OFFICE.tend, interval=ROUND_SECONDS, at_end=OFFICE.close))
