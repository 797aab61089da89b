"""Importing this room makes the worker tell time rules when their time has come."""

from shopbell.automations import waits

__all__ = ["waits"]
