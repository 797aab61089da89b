"""People: the customer profile and the identities by which we know them.

A newcomer's mistake: merging two customers because an unverified e-mail looks the same. Linking
happens on the shop's own customer id, or on an address the shop itself vouches for.
"""
