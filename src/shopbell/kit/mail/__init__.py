"""Outgoing mail as bytes: addresses, headers, bodies and the whole. Nothing here sends or parses."""
