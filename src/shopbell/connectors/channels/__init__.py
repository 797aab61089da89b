"""Ways to write to people. Each folder is one connector; importing it registers it."""
