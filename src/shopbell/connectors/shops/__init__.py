"""Shop platforms: one folder each, deletable. They fulfil `shopbell.orders.ports.Shop`.

`reading.py` holds the typed, forgiving readers all of them use on other people's JSON.
"""
