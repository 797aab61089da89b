"""The log of facts and the pumps that carry them on.

`actions.emit` writes a fact and one pending delivery per listening handler in the caller's
transaction; `pump.py` runs handlers in batches. The log is history too: timelines read it.
"""
