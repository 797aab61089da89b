"""Carriers and tracking aggregators. One folder each, and each may be deleted.

`payload` and `signatures` hold what all of them need: reading careless JSON and checking HMACs.
"""
