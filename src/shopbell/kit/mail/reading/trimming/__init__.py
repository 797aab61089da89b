"""Finds a customer's own new words in a reply: text by lines, HTML by elements.

Whatever is taken away is kept beside it (`quoted`, `signature`). When in doubt words are left in:
an agent can skip a quotation but not read what was folded away.
"""

from shopbell.kit.mail.reading.trimming.html import trim_html
from shopbell.kit.mail.reading.trimming.text import Trimmed, trim_text

__all__ = ["Trimmed", "trim_html", "trim_text"]
