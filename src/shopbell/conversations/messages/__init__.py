"""Messages of customers on WhatsApp, SMS, Instagram … become entries.

They come one by one from the lane `messages` (see `messaging.inbound.written`): files are fetched
outside any transaction, then several messages are written down in one.
"""
