"""The floor everything stands on: ids, clock, money, errors, registries, network, database helpers.

Knows nothing of shops, messages or people. Imports no other package of Shopbell.
"""
