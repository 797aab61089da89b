"""Runs what programs of the merchant's own are told."""

from shopbell.connections.postings import run_postings
from shopbell.events.pump import Pump, register

register(Pump("postings", run_postings, interval=2.0))
