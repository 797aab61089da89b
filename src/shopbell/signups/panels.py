"""Loaded in every process: makes the mails about sign-ups known to messaging."""

from shopbell.messaging.catalogue import add_catalogue
from shopbell.signups.catalogue import Signups

add_catalogue(Signups())
