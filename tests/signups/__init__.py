"""Signing up: the form, the mail, the link, and the pages on which staff make forms."""
