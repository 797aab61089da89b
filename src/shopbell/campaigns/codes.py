"""Codes of a campaign: each person gets one, nobody the same, and none twice.

Taken in the transaction that queues the message, so a worker that dies takes none with it. A
newcomer's mistake: reading free codes and then writing whose they are. Two workers read the same.
"""

import csv
import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from django.db import connection, transaction
from django.db.models import Count

from shopbell.campaigns.content.words import Content
from shopbell.campaigns.models import Campaign, Code, Recipient, Stage
from shopbell.kit.errors import Conflict, Invalid

MOST = 1_000_000
LARGEST_FILE = 32 * 1024 * 1024
_CODE = re.compile(r"[\w.+/#-]{1,60}")
_HEADS = frozenset({"code", "codes", "coupon", "voucher", "discount code", "gutschein",
                    "gutscheincode", "rabattcode"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stock:
    """How many codes there are, and how many somebody has."""

    all: int
    taken: int

    @property
    def free(self) -> int:
        """Codes nobody has."""
        return self.all - self.taken


def stock_of(campaign: Campaign) -> Stock:
    """Count the codes of a campaign."""
    rows = Code.objects.filter(campaign=campaign)
    found = rows.aggregate(every=Count("pk"), taken=Count("recipient_id"))
    return Stock(found["every"], found["taken"])


def variants_with_codes(campaign: Campaign) -> set[str]:
    """Return the variants that print a code of the reader's own in some language."""
    return {
        row.name
        for row in campaign.variants.all()
        if any(Content.of(said).uses_codes() for said in row.texts.values())
    }


def add_codes(*, campaign: Campaign, typed: str) -> int:
    """Add pasted codes, or the first column of a table; returns how many are new.

    Raises:
        Invalid: one of them is no code (its line is told), or they are too many.
        Conflict: the campaign is over.
    """
    return keep_codes(campaign=campaign, given=list(_read(typed)))


@transaction.atomic
def keep_codes(*, campaign: Campaign, given: Sequence[str]) -> int:
    """Add codes that are written well; returns how many are new. Raises as `add_codes`."""
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if row.stage in (Stage.DONE, Stage.CANCELLED):
        raise Conflict("It is over; codes would reach nobody.", kept="Nothing was changed.")
    values = list(dict.fromkeys(given))
    if not values:
        raise Invalid("There is no code in it.", fields={"codes": "One code in each line."})
    before = stock_of(row).all
    if before + len(values) > MOST:
        raise Invalid(f"At most {MOST:,} codes.", fields={"codes": f"At most {MOST:,} codes."})
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Code._meta.db_table} (id, store_id, campaign_id, value)"
            " SELECT uuidv7(), %s, %s, x FROM unnest(%s::text[]) x"
            " ON CONFLICT (store_id, campaign_id, value) DO NOTHING",
            [row.store_id, row.pk, values],
        )
        return int(cursor.rowcount)


def _read(typed: str) -> Iterator[str]:
    text = typed.removeprefix("\ufeff")
    marks = {mark: text.partition("\n")[0].count(mark) for mark in ",;\t"}
    mark = max(marks, key=lambda each: marks[each])
    for number, cells in enumerate(csv.reader(StringIO(text), delimiter=mark), 1):
        value = cells[0].strip() if cells else ""
        if not value or (number == 1 and value.lower() in _HEADS):
            continue
        if not _CODE.fullmatch(value):
            says = (
                f"Line {number}: “{value[:40]}” is no code: letters, digits and - . _ + / # only."
            )
            raise Invalid(says, fields={"codes": says}, kept="No code was added.")
        yield value


@transaction.atomic
def drop_free_codes(*, campaign: Campaign) -> int:
    """Take out the codes nobody has; returns how many."""
    return Code.objects.filter(campaign=campaign, recipient_id=None).delete()[0]


def take_codes(campaign: Campaign, recipients: Collection[Recipient]) -> dict[uuid.UUID, str]:
    """Give each recipient a code, the one they have if they have one; some may get none.

    Call it in the transaction that queues their messages.
    """
    ids = [each.pk for each in recipients]
    mine = Code.objects.filter(campaign=campaign, recipient_id__in=ids)
    found = {row.recipient_id: row.value for row in mine if row.recipient_id}
    wanting = [pk for pk in ids if pk not in found]
    if not wanting:
        return found
    table = Code._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH free AS (
                    SELECT id FROM {table}
                    WHERE store_id = %s AND campaign_id = %s AND recipient_id IS NULL
                    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED),
                dealt AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM free),
                wanted AS (SELECT x.id, x.n FROM unnest(%s::uuid[]) WITH ORDINALITY AS x (id, n))
            UPDATE {table} c SET recipient_id = w.id, taken_at = now()
            FROM dealt d JOIN wanted w ON w.n = d.n
            WHERE c.id = d.id RETURNING w.id, c.value""",
            [campaign.store_id, campaign.pk, len(wanting), wanting],
        )
        return found | dict(cursor.fetchall())
