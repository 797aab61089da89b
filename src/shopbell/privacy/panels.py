"""Tells the editor of texts about the mail of this package."""

from shopbell.messaging.catalogue import add_catalogue
from shopbell.privacy.catalogue import Privacy

add_catalogue(Privacy())
