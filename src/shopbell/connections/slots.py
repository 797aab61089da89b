"""Places on the page of a connection where packages above show something of theirs.

    @connection_panel("messaging/approved_card.html", order=20)
    def approved(request: StaffRequest, row: Connection, plug: Connector) -> dict | None: ...

None shows nothing. A newcomer's mistake: talking to a provider here; the page is only looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.connections.ports import Connector

type Load = Callable[[StaffRequest, Connection, Connector], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class ConnectionPanel:
    """A card on the page of a connection; `load` gives its template what it needs as `panel`."""

    template: str
    load: Load
    order: int


_PANELS: list[ConnectionPanel] = []


def connection_panel(template: str, *, order: int = 50) -> Callable[[Load], Load]:
    """Show what the decorated function loads; lower `order` comes first."""

    def register(load: Load) -> Load:
        _PANELS.append(ConnectionPanel(template, load, order))
        _PANELS.sort(key=lambda each: each.order)
        return load

    return register


def panels_for(
    request: StaffRequest, row: Connection, plug: Connector
) -> list[tuple[str, dict[str, Any]]]:
    """Return the templates to show for a connection, with what they need."""
    found = [(panel.template, panel.load(request, row, plug)) for panel in _PANELS]
    return [(template, content) for template, content in found if content is not None]
