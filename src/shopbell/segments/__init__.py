"""Segments: groups of customers described by conditions, kept up to date by what happens.

A newcomer's mistake: asking `Member` before a message goes out. Members are what the last news
made of them; `queries.members_among` asks the customers themselves.
"""
