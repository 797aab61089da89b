"""Ready-made parts of a mail: `<sb-items/>`, `<sb-totals/>`, `<sb-parcel/>`, `<sb-address/>`.

Each has a form for MJML and one for plain text. They stand on one line, so that line numbers in
mistakes stay those the merchant sees.
"""

import re
from collections.abc import Callable

from shopbell.messaging.rendering.phrases import phrases

_BLOCK = re.compile(r"<sb-([a-z-]+)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*(?:/>|>\s*</sb-\1\s*>)")
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
_PATH = re.compile(r"[a-z_]+(\.[a-z_]+)*")

Words = dict[str, str]
Attributes = dict[str, str]


def _row(label: str, value: str, condition: str = "") -> str:
    row = (
        f'<tr><td class="sb-label sb-second">{label}</td>'
        f'<td class="sb-value" align="right">{value}</td></tr>'
    )
    return f"{{% if {condition} %}}{row}{{% endif %}}" if condition else row


def _table(rows: str) -> str:
    return f'<mj-table padding="8px 0 16px"><tbody>{rows}</tbody></mj-table>'


def _items_html(words: Words, attributes: Attributes) -> str:
    del words
    title = (
        '<div class="sb-title">{{ line.title }}</div>'
        "{% if line.variant or line.quantity > 1 %}"
        '<div class="sb-second sb-small">'
        "{% if line.quantity > 1 %}{{ line.quantity }} × {% endif %}"
        "{{ line.variant | default: '' }}</div>{% endif %}"
    )
    row = (
        "<tr>{% if line.image_url %}"
        '<td class="sb-pic" width="72"><img src="{{ line.image_url }}" alt="" width="56" '
        f'height="56" class="sb-img"></td><td class="sb-item">{title}</td>'
        f'{{% else %}}<td class="sb-item" colspan="2">{title}</td>{{% endif %}}'
        '<td class="sb-item sb-sum" align="right">'
        "{% if line.total != blank %}{{ line.total | money }}{% endif %}</td></tr>"
    )
    path = attributes["of"]
    rows = f"{{% for line in {path} %}}{row}{{% endfor %}}"
    return f"{{% if {path} %}}{_table(rows)}{{% endif %}}"


def _items_text(words: Words, attributes: Attributes) -> str:
    del words
    path = attributes["of"]
    return (
        f"<mj-text>{{% for line in {path} %}}<br/>{{{{ line.quantity | default: 1 }}}} × "
        "{{ line.title }}{% if line.variant %} ({{ line.variant }}){% endif %}"
        "{% if line.total != blank %}: {{ line.total | money }}{% endif %}{% endfor %}</mj-text>"
    )


_TOTALS = (
    ("subtotal", "order.subtotal != blank and order.subtotal != order.total"),
    ("discount", "order.discount > 0"),
    ("shipping", "order.shipping != blank"),
    ("tax", "order.tax > 0 and tax_on_top"),
)
# Shops give totals with tax inside (Europe) or on top (United States); the sum tells which.
_ABOUT_TAX = (
    "{% assign with_shipping = order.subtotal | plus: order.shipping %}"
    "{% assign without_tax = with_shipping | minus: order.discount %}"
    "{% if without_tax == order.total or with_shipping == order.total %}"
    "{% assign tax_on_top = false %}{% else %}{% assign tax_on_top = true %}{% endif %}"
)
_TAX_INSIDE = "order.tax > 0 and tax_on_top == false"
_GAP = '<tr><td colspan="2" class="sb-gap">&nbsp;</td></tr>'


def _amount(name: str, words: Words) -> str:
    if name == "discount":
        return "−{{ order.discount | money }}"
    if name == "shipping":
        return (
            f"{{% if order.shipping == 0 %}}{words['free']}"
            "{% else %}{{ order.shipping | money }}{% endif %}"
        )
    return f"{{{{ order.{name} | money }}}}"


def _totals_html(words: Words, attributes: Attributes) -> str:
    del attributes
    rows = "".join(_row(words[name], _amount(name, words), when) for name, when in _TOTALS)
    total = (
        f'<tr><td class="sb-total">{words["total"]}</td>'
        '<td class="sb-total" align="right">{{ order.total | money }}</td></tr>'
    )
    inside = _row(words["tax_inside"], _amount("tax", words), _TAX_INSIDE)
    table = _table(rows + _GAP + total + inside)
    return f"{{% if order.total != blank %}}{_ABOUT_TAX}{table}{{% endif %}}"


def _totals_text(words: Words, attributes: Attributes) -> str:
    del attributes
    lines = "".join(
        f"{{% if {when} %}}{words[name]}: {_amount(name, words)}<br/>{{% endif %}}"
        for name, when in _TOTALS
    )
    return (
        f"<mj-text>{{% if order.total != blank %}}{_ABOUT_TAX}"
        f"{lines}{words['total']}: {{{{ order.total | money }}}}"
        f"{{% if {_TAX_INSIDE} %}}<br/>{words['tax_inside']}: {_amount('tax', words)}{{% endif %}}"
        "{% endif %}</mj-text>"
    )


def _parcel_facts(words: Words) -> list[tuple[str, str, str]]:
    count = f"{{{{ shipment.number }}}} {words['of']} {{{{ shipment.count }}}}"
    pickup = "shipment.pickup_point"
    return [
        (words["parcel"], count, "shipment.count > 1 and shipment.number"),
        (words["expected"], "{{ shipment.expected_text }}", _STILL_EXPECTED),
        (words["pickup_point"], "{{ shipment.pickup_point }}", pickup),
        (words["carrier"], "{{ shipment.carrier }}", "shipment.carrier"),
        (words["tracking_number"], "{{ shipment.tracking_number }}", "shipment.tracking_number"),
    ]


_ANY_FACT = (
    "shipment.tracking_number or shipment.carrier or shipment.expected_text "
    "or shipment.pickup_point"
)
# A parcel that has arrived is not expected any more.
_STILL_EXPECTED = "shipment.expected_text and shipment.status != 'delivered'"


def _parcel_html(words: Words, attributes: Attributes) -> str:
    del attributes
    rows = "".join(_row(*fact) for fact in _parcel_facts(words))
    return f"{{% if {_ANY_FACT} %}}{_table(rows)}{{% endif %}}"


def _parcel_text(words: Words, attributes: Attributes) -> str:
    del attributes
    lines = "".join(
        f"{{% if {when} %}}{label}: {value}<br/>{{% endif %}}"
        for label, value, when in _parcel_facts(words)
    )
    return f"<mj-text>{lines}</mj-text>"


def _address(words: Words) -> str:
    lines = "".join(
        f"{{% if order.address.{name} %}}{{{{ order.address.{name} }}}}<br/>{{% endif %}}"
        for name in ("name", "line1", "line2")
    )
    city = (
        "{{ order.address.postal_code | default: '' }} {{ order.address.city | default: '' }}"
        "{% if order.address.region %}, {{ order.address.region }}{% endif %}"
        "{% if order.address.country %}<br/>{{ order.address.country }}{% endif %}"
    )
    return (
        "{% if order.address %}"
        f'<mj-text font-size="15px"><span class="sb-second">{words["ship_to"]}</span><br/>'
        f"{lines}{city}</mj-text>{{% endif %}}"
    )


def _address_both(words: Words, attributes: Attributes) -> str:
    del attributes
    return _address(words)


Maker = Callable[[Words, Attributes], str]

_MAKERS: dict[str, tuple[Maker, Maker]] = {
    "items": (_items_html, _items_text),
    "totals": (_totals_html, _totals_text),
    "parcel": (_parcel_html, _parcel_text),
    "address": (_address_both, _address_both),
}

BLOCKS = frozenset(_MAKERS)


def expand(markup: str, locale: str, *, plain: bool = False) -> str:
    """Replace the blocks in `markup`; unknown ones stay and are reported by the compiler."""
    words = phrases(locale)

    def one(match: re.Match[str]) -> str:
        makers = _MAKERS.get(match[1])
        if makers is None:
            return match.group()
        attributes = dict(_ATTRIBUTE.findall(match[2]))
        if not _PATH.fullmatch(attributes.setdefault("of", "order.lines")):
            return match.group()
        return makers[plain](words, attributes) + "\n" * match.group().count("\n")

    return _BLOCK.sub(one, markup)
