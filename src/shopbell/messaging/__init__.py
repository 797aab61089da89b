"""Delivery: templates, the send gate, the outbox with its states, the ledger of every message.

Every outgoing message goes through `actions.queue_messages` and the gate. Nothing else may send.
"""
