"""Importing this room makes the worker carry remedies out."""

from shopbell.events.pump import Pump, register
from shopbell.remedies.carrying_out import run_remedies

register(Pump(name="remedies", run=run_remedies, interval=2.0))
