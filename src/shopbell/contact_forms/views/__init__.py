"""Pages: the one customers fill in, and those on which staff make forms."""
