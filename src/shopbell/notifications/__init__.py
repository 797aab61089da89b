"""Order news for customers: which event is told, when, on which channel; the shipped texts.

The matrix (event × channel) is data: `kinds.py` ships the defaults, `Rule` rows change them.
"""
