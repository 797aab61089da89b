"""Mail that comes in: mailboxes that are watched and doors where it is delivered.

Here raw bytes are fetched and stored, once. What they say is read by the desk afterwards.
"""
