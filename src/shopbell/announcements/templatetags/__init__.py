"""Tags of announcements."""
