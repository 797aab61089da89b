"""Loaded in every process: makes the mails about sign-ups known to messaging, and hears phones."""

from shopbell.messaging.catalogue import add_catalogue
from shopbell.messaging.joining import add_listener
from shopbell.signups.catalogue import Signups
from shopbell.signups.phones import PhoneSignups

add_catalogue(Signups())
add_listener(PhoneSignups())
