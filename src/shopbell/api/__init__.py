"""The public HTTP API under `/api/v1`: a merchant's own programs read and write through it.

What is posted acts at once, in the request; `POST /events` is not here but in front, in `edge`.
A newcomer's mistake: a second description of orders. The JSON that comes in is the canonical one
of the generic shop connector, read by it, so API, webhooks and CSV files mean the same.
"""
