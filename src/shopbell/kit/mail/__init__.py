"""Outgoing mail as bytes: addresses, headers, bodies, the whole. Nothing here sends or parses."""
