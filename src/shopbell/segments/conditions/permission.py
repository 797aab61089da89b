"""Conditions about permission and reach: consents that hold, addresses that are not blocked."""

from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.soft import CHANNEL, PURPOSE, SoftOptIn, soft_opt_in_of
from shopbell.kit.db.scope import current_store_id
from shopbell.segments.bits import CHANNELS, REACH, consent_bit
from shopbell.segments.bits import PURPOSES as KEPT
from shopbell.segments.vocabulary import Asked, Clause, Kind, Param, Values, register_condition

_GROUP = "Permission"
_TITLES = {"email": "e-mail", "sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}
_TITLES |= {"messenger": "Messenger", "instagram": "Instagram"}


def _channels() -> list[tuple[str, str]]:
    return [(each, _TITLES[each]) for each in CHANNELS if each in _TITLES]


def _purposes() -> list[tuple[str, str]]:
    return [(each.key, each.title) for each in PURPOSES.values() if each.key in KEPT]


def _reach() -> list[tuple[str, str]]:
    return [(each, _TITLES[each]) for each in REACH]


def _consent(values: Values, asked: Asked) -> Clause:
    return may_write(values["purpose"], values["channel"], asked.soft, asked.now)


def may_write(purpose: str, channel: str, soft: SoftOptIn | None, now: datetime) -> Clause:
    """Return who may be written to: by their permission, or as an existing customer."""
    bit = consent_bit(purpose, channel)
    if soft is None or (purpose, channel) != (PURPOSE, CHANNEL):
        return Clause("p.granted & %s <> 0", (bit,))
    return Clause(
        "(p.granted & %s <> 0 OR coalesce(p.bought_at >= %s AND p.country = ANY(%s), false))",
        (bit, soft.bought_from(now), list(soft.countries)),
    )


def _fades(values: Values) -> bool:
    """Whether time changes the answer: it does for existing customers, where the store has them."""
    if (values["purpose"], values["channel"]) != (PURPOSE, CHANNEL):
        return False
    return soft_opt_in_of(Store.objects.get(pk=current_store_id())) is not None


def _reachable(values: Values, asked: Asked) -> Clause:
    return Clause("p.reachable & %s <> 0", (REACH[values["channel"]],))


def _says_consent(values: Values, negated: bool) -> str:
    allowed = "has not allowed" if negated else "has allowed"
    return (
        f"{allowed} {values['purpose'][:1].lower()}{values['purpose'][1:]} by {values['channel']}"
    )


register_condition(
    Kind(
        key="consent",
        label="Permission",
        group=_GROUP,
        facts=frozenset({"consent", "orders", "person"}),
        relative=_fades,
        sql=_consent,
        says=_says_consent,
        params=(
            Param("purpose", "For what", "choice", default="marketing", choices=_purposes),
            Param("channel", "Channel", "choice", default="email", choices=_channels),
        ),
        opposite=("granted for", "not granted for"),
    )
)
register_condition(
    Kind(
        key="reachable",
        label="Can be reached",
        group=_GROUP,
        facts=frozenset({"person", "consent"}),
        sql=_reachable,
        says=lambda v, no: f"{'cannot' if no else 'can'} be reached by {v['channel']}",
        params=(Param("channel", "Channel", "choice", default="email", choices=_reach),),
        opposite=("by", "not by"),
    )
)
