"""The phone-and-mailbox page: what customers of a sandbox channel would see, and what they do.

It keeps nothing: messages come from the ledger, and what the "customer" does goes through the front
door as a signed receipt, like a provider's. It stands above the connectors because it speaks for
one of them.
"""
