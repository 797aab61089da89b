"""The phone-and-mailbox page: what customers of a sandbox channel would see, and what they do.

Messages come from the ledger and the desk; kept here is only whose phone is off and who has blocked
the shop. What the "customer" does goes through the front door as a signed webhook, like a
provider's. It stands above the connectors because it speaks for them.
"""
