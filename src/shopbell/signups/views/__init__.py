"""Pages: the form, the link of the mail, and those on which staff make forms."""
