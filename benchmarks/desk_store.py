"""A store with as many conversations as wanted, written with COPY: for measuring the desk.

The words are of six languages with a long tail of rare ones, the days are spread over two years,
and most conversations are resolved, as in a shop that has been running for a while. The same
count gives the same store.
"""

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

EACH = 4  # entries of a conversation
AGENTS = 20
RARE, RARE_PLACES = "quillwort", 5
TAGS = ("late parcel", "refund", "wholesale", "vip", "exchange", "damaged", "press", "sizing")
_TEXTS = {
    "en": "hello where is my order the parcel has not arrived yet could you please check the "
    "tracking number because it says delivered but nothing is here I would like to return the "
    "shirt and get a refund thank you for your help best regards size colour wrong damaged box",
    "de": "hallo wo ist meine Bestellung das Paket ist noch nicht angekommen können Sie bitte die "
    "Sendungsnummer prüfen ich möchte das Hemd zurückschicken und das Geld zurück vielen Dank "
    "für Ihre Hilfe Größe Farbe falsch beschädigt Rechnung Adresse ändern Lieferung",
    "fr": "bonjour où est ma commande le colis n'est pas encore arrivé pouvez-vous vérifier le "
    "numéro de suivi je voudrais retourner la chemise et être remboursé merci pour votre aide "
    "taille couleur mauvaise abîmé facture adresse livraison",
    "es": "hola dónde está mi pedido el paquete no ha llegado todavía pueden comprobar el número "
    "de seguimiento quiero devolver la camisa y recibir el reembolso gracias por su ayuda talla "
    "color equivocado dañado factura dirección envío",
    "it": "ciao dove si trova il mio ordine il pacco non è ancora arrivato potete controllare il "
    "numero di spedizione vorrei restituire la camicia e avere il rimborso grazie taglia colore",
    "nl": "hallo waar is mijn bestelling het pakket is nog niet aangekomen kunt u het nummer "
    "controleren ik wil het overhemd terugsturen en mijn geld terug bedankt maat kleur factuur",
}
_LOCALES = ["en"] * 8 + ["de"] * 5 + ["fr"] * 3 + ["es"] * 2 + ["it", "nl"]
_FIRST = tuple(
    [
        "Mara",
        "Tom",
        "Ada",
        "Jonas",
        "Lucía",
        "Zoë",
        "Søren",
        "Émile",
        "Greta",
        "Paolo",
        "Ines",
        "Bram",
        "Anna",
        "Noor",
        "Felix",
    ]
)
_LAST = tuple(
    [
        "Weber",
        "Müller",
        "García",
        "Dubois",
        "Rossi",
        "de-Vries",
        "Novák",
        "Smith",
        "Jansen",
        "Lind",
        "Costa",
        "Braun",
    ]
)
_STATUS = ["open"] * 4 + ["pending"] * 2 + ["snoozed"] + ["spam"] * 2 + ["resolved"] * 91


@dataclass(slots=True)
class Crowd:
    """What the measurement needs to know of the store."""

    store_id: int
    inbox_id: Any
    agents: list[int]
    count: int
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    customers: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    begun: datetime = datetime(2024, 11, 1, tzinfo=UTC)
    tail: list[str] = field(default_factory=list)


def fill(owner: psycopg.Connection, crowd: Crowd) -> None:
    """Write customers, orders, conversations and entries; statistics are gathered after it."""
    from shopbell.conversations import models as desk
    from shopbell.customers import models as people
    from shopbell.orders import models as shop

    crowd.tail = ["".join(crowd.dice.choices(_SYLLABLES, k=3)) for _ in range(20_000)]
    buyers = max(crowd.count * 2 // 5, 1)
    crowd.customers = [_id(1, n) for n in range(buyers)]
    crowd.orders = [_id(2, n) for n in range(crowd.count * 3 // 5)]
    with owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model, given, lines in (
            (people.Customer, _CUSTOMER, _people(crowd)),
            (people.Identity, _IDENTITY, _identities(crowd)),
            (shop.Order, _ORDER, _orders(crowd)),
            (shop.Line, _LINE, _lines(crowd)),
            (shop.Shipment, _SHIPMENT, _shipments(crowd)),
            (desk.Conversation, _CONVERSATION, _conversations(crowd)),
            (desk.Thread, _THREAD, _threads(crowd)),
            (desk.Entry, _ENTRY, _entries(crowd)),
        ):
            _copy(cursor, model, given.split(), lines)
        cursor.execute(
            "INSERT INTO conversations_numbering (id, store_id, last) VALUES (%s, %s, %s)",
            [uuid.uuid4(), crowd.store_id, crowd.count],
        )
        _copy_words(cursor, crowd)
        cursor.execute("SET session_replication_role = origin")
    owner.execute("VACUUM ANALYZE")


_SYLLABLES = tuple(
    [
        "ka",
        "lo",
        "mi",
        "ret",
        "su",
        "van",
        "der",
        "pol",
        "tri",
        "ne",
        "qua",
        "bor",
        "zel",
        "fin",
        "gra",
        "hu",
        "jo",
        "wex",
        "dal",
        "pim",
    ]
)
_CUSTOMER = "id store_id first_name last_name email locale last_seen_at"
_IDENTITY = "id store_id customer_id kind value"
_ORDER = "id store_id source source_id number customer_id currency total placed_at updated_at"
_LINE = "id store_id order_id position title quantity"
_SHIPMENT = "id store_id order_id source source_id tracking_number"
_CONVERSATION = (
    "id store_id number subject status priority medium inbox_id customer_id order_id owner_id tags"
    " locale preview last_kind message_count last_message_at created_at waiting_since"
)
_THREAD = "id store_id conversation_id inbox_id medium external_key address subject created_at"
_ENTRY = (
    "id store_id conversation_id thread_id kind author_id customer_id sender_name sender_address"
    " subject text happened_at created_at"
)


def number_of_order(place: int) -> str:
    """Return the number of an order as the shop gives it."""
    return f"#{100_000 + place}"


def address_of(place: int) -> str:
    """Return the address of a customer."""
    return f"customer{place}@mail.example"


def _people(crowd: Crowd) -> Iterator[str]:
    for place, key in enumerate(crowd.customers):
        first, last = crowd.dice.choice(_FIRST), crowd.dice.choice(_LAST)
        locale = _LOCALES[place % len(_LOCALES)]
        seen = _time(crowd, place / len(crowd.customers))
        yield _row(key, crowd.store_id, first, last, address_of(place), locale, seen)


def _identities(crowd: Crowd) -> Iterator[str]:
    for place, key in enumerate(crowd.customers):
        yield _row(_id(3, place), crowd.store_id, key, "email", address_of(place))


def _orders(crowd: Crowd) -> Iterator[str]:
    for place, key in enumerate(crowd.orders):
        buyer = crowd.customers[place % len(crowd.customers)]
        at = _time(crowd, place / len(crowd.orders))
        number = number_of_order(place)
        yield _row(
            key, crowd.store_id, "shopify/main", f"o{place}", number, buyer, "EUR", 4900, at, at
        )


def _lines(crowd: Crowd) -> Iterator[str]:
    for place, key in enumerate(crowd.orders):
        title = crowd.tail[place % len(crowd.tail)].title()
        yield _row(_id(4, place), crowd.store_id, key, 1, f"Linen shirt {title}", 1)


def _shipments(crowd: Crowd) -> Iterator[str]:
    for place, key in enumerate(crowd.orders):
        code = f"00340434{place:012}"
        yield _row(_id(5, place), crowd.store_id, key, "shopify/main", f"s{place}", code)


def _conversations(crowd: Crowd) -> Iterator[str]:
    dice = crowd.dice
    for place in range(crowd.count):
        status = dice.choice(_STATUS)
        owner = dice.choice(crowd.agents) if dice.random() < 0.8 or status == "resolved" else None
        at = _time(crowd, place / crowd.count)
        tag = TAGS[int(dice.random() ** 3 * len(TAGS))] if dice.random() < 0.4 else ""
        words = _texts(crowd, place)[0]
        yield _row(
            _id(6, place), crowd.store_id, place + 1, words[:60], status,
            2 if dice.random() < 0.03 else 1, "email", crowd.inbox_id, _buyer(crowd, place),
            crowd.orders[place % len(crowd.orders)], owner, f'{{"{tag}"}}' if tag else "{}",
            _LOCALES[place % len(_LOCALES)], words[:200], "incoming", EACH, at, at,
            at if status == "open" else None,
        )  # fmt: skip


def _threads(crowd: Crowd) -> Iterator[str]:
    for place in range(crowd.count):
        address = address_of(place % len(crowd.customers))
        yield _row(
            _id(7, place), crowd.store_id, _id(6, place), crowd.inbox_id, "email", "", address,
            "Question", _time(crowd, place / crowd.count),
        )  # fmt: skip


def _entries(crowd: Crowd) -> Iterator[str]:
    for place in range(crowd.count):
        for turn, text in enumerate(_texts(crowd, place)):
            ours = turn % 2 == 1
            at = _time(crowd, place / crowd.count, minutes=turn)
            yield _row(
                _id(8, place * EACH + turn), crowd.store_id, _id(6, place), _id(7, place),
                "reply" if ours else "incoming", crowd.agents[place % AGENTS] if ours else None,
                _buyer(crowd, place), "", "" if ours else address_of(place % len(crowd.customers)),
                "Question", text, at, at,
            )  # fmt: skip


def _copy_words(cursor: Any, crowd: Crowd) -> None:
    """Keep the words of all conversations as the product would: the rows first, then the index."""
    cursor.execute("DROP INDEX searchable_words")
    columns = "(id, store_id, conversation_id, words)"
    statement = f"COPY conversations_searchable {columns} FROM STDIN"
    _copy_lines(cursor, statement, _searchables(crowd, _stems(cursor, crowd)), "\n")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute("CREATE INDEX searchable_words ON conversations_searchable USING gin (words)")


def _searchables(crowd: Crowd, stems: dict[tuple[str, str], str]) -> Iterator[str]:
    from shopbell.conversations.search.keeping import mark_of
    from shopbell.conversations.search.words import kept_words

    mark = mark_of(crowd.store_id)
    known: dict[tuple[str, str], list[str]] = {}
    for place in range(crowd.count):
        locale = _LOCALES[place % len(_LOCALES)]
        found = {"question"}
        for word in {word for text in _texts(crowd, place) for word in text.split()}:
            if (locale, word) not in known:  # each word is looked at once only
                plain = kept_words([word])
                known[locale, word] = [stems.get((locale, each), each) for each in plain] + plain
            found.update(known[locale, word])
        for word in kept_words([address_of(place % len(crowd.customers))]):
            found |= {word, f"~{word}"}
        words = " ".join(f"'{mark}{word}'" for word in found)
        yield _row(_id(9, place), crowd.store_id, _id(6, place), words)


def _stems(cursor: Any, crowd: Crowd) -> dict[tuple[str, str], str]:
    from shopbell.conversations.search.words import config_of, kept_words

    found = {}
    for locale, words in _WORDS.items():
        plain = [word for word in kept_words([*words, *crowd.tail]) if word.isalpha()]
        cursor.execute(
            "SELECT word, ts_lexize(%s, word) FROM unnest(%s::text[]) AS word",
            [f"{config_of(locale)}_stem", plain],
        )
        found.update({(locale, word): stem[0] for word, stem in cursor.fetchall() if stem})
    return found


def _buyer(crowd: Crowd, place: int) -> str:
    return crowd.customers[place % len(crowd.customers)]


def _texts(crowd: Crowd, place: int) -> list[str]:
    """Return what is said in a conversation; asked twice, the same."""
    dice = random.Random(place)
    vocabulary = _WORDS[_LOCALES[place % len(_LOCALES)]]
    found = []
    for _ in range(EACH):
        words = dice.choices(vocabulary, k=dice.randint(8, 40)) + dice.choices(crowd.tail, k=2)
        if dice.random() < 0.15:
            words.append(number_of_order(place % len(crowd.orders)))
        found.append(" ".join(words))
    if place % max(crowd.count // RARE_PLACES, 1) == 0:
        found[0] += f" {RARE}"
    return found


_WORDS = {locale: text.split() for locale, text in _TEXTS.items()}


def _time(crowd: Crowd, share: float, minutes: int = 0) -> str:
    return (crowd.begun + timedelta(days=740 * share, minutes=minutes)).isoformat()


def _id(kind: int, number: int) -> str:
    """Return an id that sorts by number, as the product's own sort by time."""
    high, middle, low = number >> 16, number >> 4 & 0xFFF, number & 0xF
    return f"0193{kind:04x}-{high:04x}-7{middle:03x}-8{low:03x}-0{kind:011x}"


def _row(*values: object) -> str:
    return "\t".join("\\N" if value is None else str(value) for value in values)


def _copy(cursor: Any, model: Any, given: list[str], lines: Iterable[str]) -> None:
    """Copy lines of the given columns; the other columns get what the model has as default."""
    others = [
        column
        for column in model._meta.concrete_fields
        if column.attname not in given and not column.has_db_default() and not column.null
    ]
    rest = "".join("\t" + _literal(column) for column in others) + "\n"
    names = ", ".join(f'"{name}"' for name in [*given, *(each.column for each in others)])
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    _copy_lines(cursor, statement, lines, rest)


def _copy_lines(cursor: Any, statement: str, lines: Iterable[str], rest: str) -> None:
    with cursor.copy(statement) as copy:
        for chunk in _chunks(lines, rest):
            copy.write(chunk)


def _chunks(lines: Iterable[str], rest: str) -> Iterator[str]:
    waiting: list[str] = []
    for line in lines:
        waiting.append(line + rest)
        if len(waiting) >= 2000:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _literal(column: Any) -> str:
    value = column.get_default()
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        return "[]" if column.get_internal_type() == "JSONField" else "{}"
    return "" if value is None else str(value)
