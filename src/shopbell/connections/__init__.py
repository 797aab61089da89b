"""Connected accounts: one row per shop, carrier or channel account of a store, with its health.

Owns the webhook door's storage (raw requests, stored before anything is parsed) and the encryption
of provider credentials. What a connector must offer is in `ports.py`.
"""
