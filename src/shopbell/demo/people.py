"""Invented customers. Addresses end at example domains; phone numbers are from the ranges that
regulators keep for films and books, so nobody real is ever written to or rung up.

A newcomer's mistake: adding a plausible mobile number. Only the listed ranges belong to nobody.
"""

from dataclasses import asdict, dataclass
from typing import Any

# Ranges reserved for fiction: Bundesnetzagentur (+49 176 04069…), Ofcom (+44 7700 900…),
# ARCEP (+33 6 39 98…), PTS (+46 70 1740…), NANP (555-01…). Other countries: no phone at all.
_PHONES = {
    "DE": "+491760406{:04d}", "GB": "+447700900{:03d}", "FR": "+33639980{:03d}",
    "SE": "+46701740{:03d}", "US": "+1212555{:04d}",
}  # fmt: skip
_PHONE_STARTS = {"DE": 9000, "GB": 100, "FR": 100, "SE": 605, "US": 100}
# Two addresses at which the sandbox refuses: one does not exist, one is full.
_UNREACHABLE = {41: "bounce@example.net", 12: "full@example.com"}
DOMAINS = ("example.com", "example.org", "example.net")

# First name|last name|language|country|city|postcode|street. Streets and people are made up.
_ROWS = """
Mara|Lindqvist|en|SE|Göteborg|411 06|Kornettgatan 14
Jonas|Feldhaus|de|DE|Hamburg|20357|Amselstieg 7
Aylin|Demirkan|de|DE|Köln|50672|Ginkgoweg 21
Tobias|Rehwinkel|de|DE|Leipzig|04229|Spinnerzeile 3
Greta|Ostermoor|de|DE|Bremen|28203|Deichschart 18
Henrik|Vossberg|de|DE|Münster|48143|Linnerhof 5
Paula|Zimmerschied|de|DE|Freiburg|79098|Rebleute 12
Emil|Krautwig|de|DE|Berlin|10437|Seidelbastweg 40
Leyla|Hartungen|de|DE|Berlin|12047|Kiesufer 9
Bastian|Quellmann|de|DE|München|80469|Isarwinkel 2
Nora|Tiefensee|de|DE|Dresden|01099|Fliederberg 31
Ruth|Abendschön|de|DE|Nürnberg|90419|Mohngasse 6
Malte|Sandkuhl|de|DE|Kiel|24103|Möwentwiete 11
Ines|Brombeer|de|DE|Stuttgart|70178|Weinsteige 77
Oskar|Federlein|de|DE|Hannover|30451|Lindenzeile 8
Clara|Wiesengrund|de|DE|Frankfurt am Main|60316|Apfelallee 15
Samir|Haddadi|de|DE|Essen|45130|Zechengarten 4
Frieda|Nussbaumer|de|DE|Göttingen|37073|Gänsepfad 1
Anton|Lerchenfeld|de|DE|Regensburg|93047|Donaublick 23
Wiebke|Thomsen-Rode|de|DE|Flensburg|24937|Fördestieg 10
Jakob|Immergrün|de|DE|Jena|07743|Saalehang 19
Lena|Marzahn|de|DE|Potsdam|14467|Havelbogen 28
Karim|Benzarti|de|DE|Mannheim|68161|Planken 33
Elsa|Goldammer|de|DE|Rostock|18055|Backsteinweg 2
Vera|Hollunder|de|AT|Wien|1070|Kirschengasse 13
Matthias|Alpenrose|de|AT|Graz|8010|Murblick 6
Theresa|Brunnauer|de|AT|Innsbruck|6020|Nordkettenweg 9
Valentin|Moosbrugger|de|AT|Linz|4020|Lindengasse 44
Reto|Zurbriggen|de|CH|Zürich|8004|Limmatstieg 17
Seraina|Caflisch|de|CH|Chur|7000|Rätusweg 5
Beat|Wyttenbach|de|CH|Bern|3011|Aareschlaufe 8
Alice|Thornberry|en|GB|Bristol|BS6 5QA|12 Larkrise Road
Edmund|Pettigrove|en|GB|York|YO1 7HU|3 Saddlers Yard
Priya|Ramanathan|en|GB|London|E8 3NJ|48 Dovecote Mews
Callum|Strathearn|en|GB|Edinburgh|EH3 6SS|21 Wynd Lane
Hattie|Moorcroft|en|GB|Leeds|LS6 2AB|9 Heather Bank
Owen|Prydderch|en|GB|Cardiff|CF11 9LJ|5 Heron Terrace
Rosalind|Applegarth|en|GB|Norwich|NR2 3AT|30 Mustard Row
Dev|Malhotrian|en|GB|Manchester|M20 2WS|17 Spindle Street
Saoirse|Kilbracken|en|IE|Dublin|D08 X2F5|6 Harebell Lane
Fionn|MacAuliffe|en|IE|Cork|T12 W8K2|11 Shandon Rise
Camille|Desmarais|en|FR|Lyon|69004|7 montée des Figuiers
Théo|Grandpierre|en|FR|Nantes|44000|22 rue du Marronnier
Élodie|Vauquelin|en|FR|Paris|75011|5 passage des Merles
Bastien|Carrouge|en|FR|Bordeaux|33000|16 rue de la Noisette
Sanne|Verhoeven|en|NL|Utrecht|3511 LX|Kersenkade 8
Daan|Oosterwijk|en|NL|Rotterdam|3011 GA|Lijsterhof 41
Lotte|van der Beek|en|NL|Haarlem|2011 RD|Tulpensteeg 2
Wout|Claessens|en|BE|Gent|9000|Hopstraat 12
Noémie|Delvaux|en|BE|Namur|5000|9 rue du Sureau
Lucía|Robledal|en|ES|Valencia|46001|Calle del Azahar 4
Iker|Mendizorroz|en|ES|Bilbao|48005|Calle del Roble 19
Chiara|Montebianco|en|IT|Bologna|40126|Via delle Mandorle 3
Lorenzo|Passerini|en|IT|Torino|10124|Via del Glicine 27
Agnieszka|Wierzbowa|en|PL|Kraków|31-004|ul. Lipowa 14
Freja|Højgaard|en|DK|Aarhus|8000|Bøgevej 22
Viktor|Sandström|en|SE|Stockholm|118 20|Tallgränd 5
Inês|Carvalheira|en|PT|Porto|4050-253|Rua das Andorinhas 10
June|Whitlock|en|US|Brooklyn|11215|64 Sparrow Street
Marcus|Delacroix-Hill|en|US|New Orleans|70115|218 Magnolia Court
"""


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """Somebody who buys. A visitor of the demo storefront is one too (`number` 0)."""

    number: int
    first_name: str
    last_name: str
    email: str
    locale: str
    country: str
    city: str
    postal_code: str
    street: str
    phone: str = ""
    newsletter: bool = False
    whatsapp: bool = False  # ticked "updates by WhatsApp" in the cart

    @property
    def customer_id(self) -> int:
        """Shopify's numeric id."""
        return 6_100_000_000_000 + self.number

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `dump`."""
        return asdict(self)


def _mail_name(text: str) -> str:
    for letters, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "o"), (" ", "")):
        text = text.replace(letters, plain)
    table = str.maketrans("éèêíóńłã", "eeeionla")
    return text.lower().translate(table)


def _people() -> tuple[DemoCustomer, ...]:
    found: list[DemoCustomer] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_ROWS.strip().splitlines(), 1):
        first, last, locale, country, city, postal_code, street = line.split("|")
        seen[country] = seen.get(country, -1) + 1
        phone = ""
        # Not everybody leaves a number: every fourth does not.
        if country in _PHONES and number % 4:
            phone = _PHONES[country].format(_PHONE_STARTS[country] + seen[country])
        address = f"{_mail_name(first)}.{_mail_name(last)}@{DOMAINS[number % 3]}"
        address = _UNREACHABLE.get(number, address)
        newsletter = number % 3 == 0
        place = (locale, country, city, postal_code, street)
        whatsapp = bool(phone) and number % 5 < 3
        found.append(
            DemoCustomer(number, first, last, address, *place, phone, newsletter, whatsapp)
        )
    return tuple(found)


CUSTOMERS: tuple[DemoCustomer, ...] = _people()
BY_NUMBER: dict[int, DemoCustomer] = {customer.number: customer for customer in CUSTOMERS}
COUNTRY_NAMES = {
    "AT": "Austria", "BE": "Belgium", "CH": "Switzerland", "DE": "Germany", "DK": "Denmark",
    "ES": "Spain", "FR": "France", "GB": "United Kingdom", "IE": "Ireland", "IT": "Italy",
    "NL": "Netherlands", "PL": "Poland", "PT": "Portugal", "SE": "Sweden", "US": "United States",
}  # fmt: skip
