"""Pages of campaigns: reading, drafting, acting."""
