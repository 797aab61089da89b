"""What a campaign says: blocks in each language, checked, and made into texts of the channels.

Pure: nothing here reads the database or the clock. A newcomer's mistake: printing what somebody
typed into MJML. Everything typed goes through `liquid.py`, which escapes it for its place.
"""
