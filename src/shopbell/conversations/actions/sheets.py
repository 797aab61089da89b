"""What a batch of messages adds and changes, written together: one statement for each table.

References between rows are checked at the commit, so their order here does not matter.
"""

from dataclasses import dataclass, field

from shopbell.conversations.actions.timeline import next_numbers
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.conversations.search.keeping import Said, keep_words
from shopbell.kit.db.bulk import update_objects


@dataclass(slots=True)
class Sheet:
    """Rows to be written, of conversations that are all different."""

    started: list[Conversation] = field(default_factory=list)
    continued: list[Conversation] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    words: list[Said] = field(default_factory=list)

    def write(self) -> None:
        """Write all of it; conversations that were started are numbered in their order."""
        if self.started:
            numbers = next_numbers(len(self.started))
            for conversation, number in zip(self.started, numbers, strict=True):
                conversation.number = number
            Conversation.objects.bulk_create(self.started)
        Thread.objects.bulk_create(self.threads)
        Entry.objects.bulk_create(self.entries)
        update_objects(self.continued)
        keep_words(self.words)
