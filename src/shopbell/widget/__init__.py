"""The chat on the shop's own page: the script, what it asks, who a visitor is, opening hours.

A surface: it reads and writes through `conversations`. Its live stream is the front door's
(`edge.chat`). The browser's side lies in `parts/`, hand-written modules without a build.
"""
