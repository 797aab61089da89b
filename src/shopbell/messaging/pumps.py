"""Importing this room makes the worker send messages and settle doubts."""

from shopbell.messaging import doubts, outbox

__all__ = ["doubts", "outbox"]
