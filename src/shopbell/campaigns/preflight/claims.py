"""Claims must be true: "only 3 left" needs stock, "ends today" needs an end that is today.

A newcomer's mistake: taking a countdown for proof of stock. Each claim is bound to a fact of its
own kind, and what is judged is the moment at which the campaign leaves.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from shopbell.campaigns.content.blocks import Countdown, Coupon, Product, moment, walked
from shopbell.campaigns.content.words import texts_of
from shopbell.campaigns.preflight.findings import Case, Finding, fine, stops

FEW = 10  # pieces that may be called the last ones

_SCARCE = {
    "en": r"\b(?:last|final)\s+(?:few\s+)?(?:pieces?|items?|units?|pairs?)\b"
    r"|\bonly\s+(?P<n>\d+)\s+(?:left|remaining|pieces?|items?|in stock)\b"
    r"|\b(?P<m>\d+)\s+(?:pieces?|items?|pairs?)\s+left\b"
    r"|\b(?:almost|nearly)\s+(?:gone|sold\s+out)\b|\bselling\s+(?:out\s+)?fast\b"
    r"|\blow\s+(?:in\s+)?stock\b|\blimited\s+(?:stock|quantit(?:y|ies))\b"
    r"|\bwhile\s+(?:stocks?|supplies)\s+lasts?\b",
    "de": r"\bletzten?\s+(?:stücke?n?|teile?|exemplare?|paare?)\b"
    r"|\bnur\s+noch\s+(?P<n>\d+)\s+(?:stück|teile?|exemplare?|paare?|da|übrig|verfügbar)"
    r"|\bnoch\s+(?P<m>\d+)\s+(?:stück|teile?|exemplare?|paare?)\b"
    r"|\b(?:fast|beinahe)\s+(?:ausverkauft|vergriffen|weg)\b|\bnur\s+noch\s+wenige\b"
    r"|\bsolange\s+(?:der\s+)?vorrat\s+reicht\b|\bbegrenzte[rn]?\s+(?:stückzahl|menge)",
}
_TODAY = {
    "en": r"\b(?:ends?|over|until|closes?)\s+(?:today|tonight|at\s+midnight)\b"
    r"|\b(?:today|tonight)\s+only\b|\bonly\s+(?:today|tonight)\b|\blast\s+(?:day|hours)\b"
    r"|\bfinal\s+(?:day|hours)\b",
    "de": r"\b(?:endet|ende|bis|schluss)\s+heute\b|\bnur\s+(?:noch\s+)?heute\b"
    r"|\bheute\s+(?:ist\s+)?(?:schluss|letzter\s+tag)\b|\bletzter\s+tag\b|\bletzte\s+stunden\b",
}
_SOON = {
    "en": r"\bends?\s+(?:tomorrow|soon|on)\b|\blast\s+chance\b|\blimited\s+time\b"
    r"|\b\d+\s+(?:days?|hours?|minutes?)\s+(?:left|only|to\s+go)\b"
    r"|\bonly\s+\d+\s+(?:days?|hours?|minutes?)\b",
    "de": r"\bendet\s+(?:morgen|bald|am|in)\b|\bletzte\s+(?:chance|gelegenheit)\b"
    r"|\bnur\s+(?:für\s+)?kurze\s+zeit\b|\bläuft\s+bald\s+ab\b"
    r"|\b(?:nur\s+)?noch\s+\d+\s+(?:tage?n?|stunden?|minuten?)\b",
}
_ANY = {
    name: {locale: re.compile(pattern, re.IGNORECASE) for locale, pattern in table.items()}
    for name, table in {"scarce": _SCARCE, "today": _TODAY, "soon": _SOON}.items()
}
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_END_OF_NIGHT = timedelta(hours=6)  # "tonight" may end in the small hours


def check_claims(case: Case) -> Iterator[Finding]:
    """Check what the words claim against stock and dates."""
    ends = _ends(case)
    yield from _check_ends(case)
    for place, text in texts_of(case.content):
        said = " ".join(_LIQUID.sub(" ", text).split())
        language = case.locale.replace("_", "-").split("-")[0].lower()
        if found := _find("today", language, said):
            yield _bound_to_today(case, found[0], ends, place)
        elif found := _find("soon", language, said):
            yield _bound_to_end(case, found[0], ends, place)
        if found := _find("scarce", language, said):
            yield _bound_to_stock(case, found, place)


def _find(name: str, language: str, said: str) -> re.Match[str] | None:
    pattern = _ANY[name].get(language)
    return pattern.search(said) if pattern else None


def _ends(case: Case) -> list[datetime]:
    found = []
    for _, block in walked(case.content.blocks):
        iso = block.ends if isinstance(block, Countdown) else ""
        iso = block.until if isinstance(block, Coupon) else iso
        at = moment(iso) if iso else None
        if at is not None:
            found.append(at)
    return found


def _check_ends(case: Case) -> Iterator[Finding]:
    for place, block in walked(case.content.blocks):
        if isinstance(block, Countdown):
            yield from _check_end(case, block.ends, f"{place}.ends", "The countdown")
        elif isinstance(block, Coupon) and block.until:
            yield from _check_end(case, block.until, f"{place}.until", "The coupon")


def _check_end(case: Case, iso: str, where: str, what: str) -> Iterator[Finding]:
    at = moment(iso) if iso else None
    if at is None:
        yield stops(f"{what} has no end.", "Say when it ends, or take it out.", where)
    elif at <= case.facts.leaves_at:
        yield stops(
            f"{what} is over when the campaign leaves.", "Choose an end that is to come.", where
        )
    else:
        yield fine(f"{what} has an end to come.", where)


def _bound_to_end(case: Case, said: str, ends: list[datetime], where: str) -> Finding:
    if any(at > case.facts.leaves_at for at in ends):
        return fine(f"“{said}” is bound to an end.", where)
    return stops(
        f"“{said}” is bound to no end.",
        "Add a countdown or a coupon with the real end, or take the claim out.",
        where,
    )


def _bound_to_today(case: Case, said: str, ends: list[datetime], where: str) -> Finding:
    leaves = case.facts.leaves_at
    coming = sorted(at.astimezone(leaves.tzinfo) for at in ends if at > leaves)
    if not coming:
        return _bound_to_end(case, said, ends, where)
    if (coming[0] - _END_OF_NIGHT).date() <= leaves.date():
        return fine(f"“{said}” is true: it ends {coming[0]:%d.%m. %H:%M}.", where)
    return stops(
        f"“{said}” is not true: it ends {coming[0]:%d.%m. %H:%M}, and this leaves on "
        f"{leaves:%d.%m.}",
        "Say the real end.",
        where,
    )


def _bound_to_stock(case: Case, found: re.Match[str], where: str) -> Finding:
    said, number = found[0], int(found["n"] or found["m"] or 0)
    stocks = [
        case.facts.stock.get(block.product)
        for _, block in walked(case.content.blocks)
        if isinstance(block, Product) and block.product
    ]
    known = [stock for stock in stocks if stock is not None]
    if not known:
        return stops(
            f"“{said}” is bound to no stock.",
            "Put the product in from your catalogue, so that its stock is known, or take the "
            "claim out.",
            where,
        )
    least = min(known)
    if 0 < least <= (number or FEW):
        return fine(f"“{said}” is true: the shop has {least}.", where)
    there = f"the shop has {least}" if least > 0 else "the shop has none"
    return stops(f"“{said}” is not true: {there}.", "Say what is so.", where)
