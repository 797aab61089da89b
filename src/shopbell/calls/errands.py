"""What has to be asked of the provider, soon or later: noted here, done by the worker's pump."""

from datetime import timedelta

from shopbell.calls.models import Call, Errand, ErrandKind
from shopbell.events.actions import wake
from shopbell.kit import clock

PUMP = "call_errands"
LOOK_AFTER = timedelta(minutes=10)  # how a call ended is told; who does not hear of it asks


def run_errand(call: Call, kind: ErrandKind) -> None:
    """Have something asked of the provider; once, however often it is said."""
    wanted = Errand(call=call, kind=kind)  # due now by the clock of the database
    if kind == ErrandKind.LOOK:
        wanted.due_at = clock.now() + LOOK_AFTER
    Errand.objects.bulk_create([wanted], ignore_conflicts=True)
    if kind != ErrandKind.LOOK:
        wake(PUMP)


def drop_errand(call: Call, kind: ErrandKind) -> None:
    """Forget it: it is done, or not needed any more."""
    Errand.objects.filter(call=call, kind=kind).delete()
