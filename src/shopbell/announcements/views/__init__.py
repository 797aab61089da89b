"""Pages of announcements: reading, drafting in three steps, acting."""
