"""Conditions about the person: where from, which language, since when."""

from datetime import timedelta

from shopbell.segments.conditions.phrases import days, listed
from shopbell.segments.vocabulary import (
    Asked,
    Choices,
    Clause,
    Kind,
    Param,
    Values,
    register_condition,
)

_GROUP = "The person"
_PERSON = frozenset({"person"})
IS = ("is", "is not")
HAS = ("has", "has no")


def _country(values: Values, asked: Asked) -> Clause:
    return Clause("p.country = ANY(%s)", ([word.upper() for word in values["countries"]],))


def _says_country(values: Values, negated: bool) -> str:
    where = listed([word.upper() for word in values["countries"]])
    return f"{'does not live' if negated else 'lives'} in {where}"


def _language(values: Values, asked: Asked) -> Clause:
    wanted = [word.replace("_", "-").split("-")[0].lower() for word in values["languages"]]
    return Clause("p.language = ANY(%s)", (wanted,))


def _first_seen(values: Values, asked: Asked) -> Clause:
    since = asked.now - timedelta(days=values["days"])
    return Clause("p.first_seen_at >= %s", (since,))


register_condition(
    Kind(
        key="country",
        label="Country",
        group=_GROUP,
        facts=_PERSON,
        sql=_country,
        says=_says_country,
        params=(Param("countries", "Countries", "words", example="DE, AT"),),
        opposite=IS,
    )
)
register_condition(
    Kind(
        key="language",
        label="Language",
        group=_GROUP,
        facts=_PERSON,
        sql=_language,
        says=lambda v, no: f"{'does not read' if no else 'reads'} {listed(v['languages'])}",
        params=(Param("languages", "Languages", "words", example="de, fr"),),
        opposite=IS,
    )
)
register_condition(
    Kind(
        key="email",
        label="E-mail address",
        group=_GROUP,
        facts=_PERSON,
        sql=lambda values, asked: Clause("p.has_email"),
        says=lambda v, no: f"has {'no' if no else 'an'} e-mail address",
        opposite=HAS,
    )
)
register_condition(
    Kind(
        key="phone",
        label="Phone number",
        group=_GROUP,
        facts=_PERSON,
        sql=lambda values, asked: Clause("p.has_phone"),
        says=lambda v, no: f"has {'no' if no else 'a'} phone number",
        opposite=HAS,
    )
)
register_condition(
    Kind(
        key="first_seen",
        label="First seen",
        group=_GROUP,
        facts=_PERSON,
        sql=_first_seen,
        says=lambda v, no: f"was first seen {'before' if no else 'in'} {days(v['days'])}",
        params=(Param("days", "Days", "number", default=30, least=1, most=3650, unit="days"),),
        relative=lambda values: True,
        opposite=("in the last", "before the last"),
    )
)


def _tagged(values: Values, asked: Asked) -> Clause:
    return Clause(
        f"EXISTS (SELECT 1 {_ROW} AND t.tags && %s::varchar[])",
        (asked.store_id, values["tags"]),
        exists=True,
    )


def _attribute(values: Values, asked: Asked) -> Clause:
    # Whatever kind the value is of, it is compared as it is shown.
    return Clause(
        f"EXISTS (SELECT 1 {_ROW} AND lower(t.attributes ->> %s) = lower(%s))",
        (asked.store_id, values["name"], values["value"]),
        exists=True,
    )


_COMPARED = (("least", "at least"), ("most", "at most"), ("exactly", "exactly"))


def _compare() -> Choices:
    return _COMPARED


def _number(values: Values, asked: Asked) -> Clause:
    # An attribute may hold a text for one customer and a number for another.
    sign = {"least": ">=", "most": "<=", "exactly": "="}[values["compare"]]
    return Clause(
        f"EXISTS (SELECT 1 {_ROW} AND CASE WHEN jsonb_typeof(t.attributes -> %s) = 'number'"
        f" THEN (t.attributes ->> %s)::numeric {sign} %s ELSE false END)",
        (asked.store_id, values["name"], values["name"], values["number"]),
        exists=True,
    )


def _says_number(values: Values, negated: bool) -> str:
    verb = "does not have" if negated else "has"
    return f"{verb} {values['compare']} {values['number']} in “{values['name']}”"


_ROW = "FROM customers_customer t WHERE t.store_id = %s AND t.id = p.customer_id"

register_condition(
    Kind(
        key="tagged",
        label="Tag",
        group=_GROUP,
        facts=_PERSON,
        sql=_tagged,
        says=lambda v, no: f"has {'no' if no else 'the'} tag {listed(v['tags'])}",
        params=(Param("tags", "One of these tags", "words", example="vip, wholesale"),),
        opposite=HAS,
    )
)
register_condition(
    Kind(
        key="attribute",
        label="Attribute",
        group=_GROUP,
        facts=_PERSON,
        sql=_attribute,
        says=lambda v, no: f"has {v['name']} {'not ' if no else ''}set to “{v['value']}”",
        params=(
            Param("name", "Name", "text", example="skin_type"),
            Param("value", "Value", "text", example="dry"),
        ),
        opposite=IS,
    )
)
register_condition(
    Kind(
        key="attribute_number",
        label="Attribute with a number",
        group=_GROUP,
        facts=_PERSON,
        sql=_number,
        says=_says_number,
        params=(
            Param("name", "Name", "text", example="points"),
            Param("compare", "How many", "choice", default="least", choices=_compare),
            Param("number", "Number", "number", default=1, most=1_000_000_000),
        ),
        opposite=IS,
    )
)
