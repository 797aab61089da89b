"""The front door: the Starlette side of the one port. Hot routes only.

Webhooks and events in (durable before 2xx), live streams out, health. Pages are Django's.
"""
