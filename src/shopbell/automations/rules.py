"""The room in which a package adds words to the rulebook: here, those of the desk itself."""

from shopbell.automations.vocabulary import asking, beginning, details, doing, lists, many

__all__ = ["asking", "beginning", "details", "doing", "lists", "many"]
