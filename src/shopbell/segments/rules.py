"""Importing this room adds the conditions that come with segments to the vocabulary."""

from shopbell.segments.conditions import behaviour, buying, people, permission

__all__ = ["behaviour", "buying", "people", "permission"]
