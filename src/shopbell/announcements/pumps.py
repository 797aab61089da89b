"""Importing this room makes the worker send announcements."""

from shopbell.announcements.sending import run_announcements
from shopbell.events.pump import Pump, register

register(Pump(name="announcements", run=run_announcements, interval=2.0))
