"""Start-up wiring: connectors, event handlers and pumps are known to every process."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class Wiring(AppConfig):
    """Loaded last, when all models exist."""

    name = "shopbell.config"
    label = "config"

    def ready(self) -> None:
        """Register connectors and import each package's rooms that others learn from."""
        from shopbell.config.connectors import load_connectors

        load_connectors()
        for app in apps.get_app_configs():
            if app.name.startswith("shopbell."):
                for room in ("rules", "handlers", "intake", "panels", "pumps", "pump"):
                    if find_spec(f"{app.name}.{room}") is not None:
                        import_module(f"{app.name}.{room}")
