"""Tracking numbers, carriers and their words: pure functions without tables or network.

`numbers.recognise` guesses the carrier of a number, `carriers` knows names and public links,
`vocabulary.normalise` turns a carrier's code or sentence into one of the nine statuses.
"""
