"""The worker's part of the exchange: what rings too long stops, who has gone has hung up."""

import structlog

from shopbell.accounts.models import Store
from shopbell.connectors.channels.sandbox.calls import plug_in
from shopbell.events.pump import Pump, claim, register
from shopbell.kit.errors import ShopbellError
from shopbell.sandbox.exchange import Exchange, let_pass

log = structlog.get_logger()
PUMP = "sandbox_calls"


def run_exchange() -> int:
    """Let time pass for the calls that wait for it; returns how many they were."""
    rows = claim(
        table="sandbox_sandboxcall",
        columns="t.id, t.store_id, t.attempts",
        where="due_at IS NOT NULL",
        limit=10,
    )
    for call, store_id, _ in rows:
        try:
            let_pass(store=Store.objects.get(pk=store_id), call=call)
        except ShopbellError as error:  # the door is shut: again when the lease is over
            log.warning("sandbox.call_stays", error=str(error)[:200])
    return len(rows)


plug_in(Exchange())
register(Pump(name=PUMP, run=run_exchange, interval=2.0))
