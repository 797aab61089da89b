"""The environment as one typed object. All mistakes are reported together at start.

These names are a public contract (docs/reference/settings.md is tested against this file).
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from environs import Env, EnvValidationError

from shopbell.kit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment said, checked. See `load`."""

    home: Path
    bind: str
    port: int
    base_url: str
    secret_key: str
    database_url: str
    trusted_proxies: int
    log_level: str
    metrics_token: str
    clamav: str

    @property
    def embedded_database(self) -> bool:
        """Whether Shopbell runs its own PostgreSQL."""
        return not self.database_url


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (compared with, not bound to)


def default_home() -> Path:
    """Return the data folder used when SHOPBELL_HOME is not set."""
    if os.geteuid() == 0:
        return Path("/var/lib/shopbell")
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "shopbell"


@cache
def load() -> Environment:
    """Read and check the environment once.

    Raises:
        ConfigurationError: naming every wrong variable.
    """
    env = Env(eager=False)
    home = env.str("SHOPBELL_HOME", default=str(default_home()))
    bind = env.str("SHOPBELL_BIND", default="127.0.0.1")
    port = env.int("SHOPBELL_PORT", default=8000, validate=_is_port)
    base_url = env.str("SHOPBELL_BASE_URL", default="")
    secret = env.str("SHOPBELL_SECRET_KEY", default="")
    database = env.str("DATABASE_URL", default="")
    proxies = env.int("SHOPBELL_TRUSTED_PROXIES", default=0)
    log_level = env.str("SHOPBELL_LOG_LEVEL", default="INFO")
    metrics_token = env.str("SHOPBELL_METRICS_TOKEN", default="")
    clamav = env.str("SHOPBELL_CLAMAV", default="", validate=_is_daemon)
    try:
        env.seal()
    except EnvValidationError as error:
        said = error.error_messages
        wrong = said if isinstance(said, Mapping) else {"environment": said}
        lines = "; ".join(f"{name}: {', '.join(map(str, why))}" for name, why in wrong.items())
        raise ConfigurationError(f"The environment has mistakes: {lines}") from None
    folder = Path(home).expanduser().absolute()
    return Environment(
        home=folder,
        bind=bind,
        port=port,
        base_url=(
            base_url or f"http://{'localhost' if bind in _EVERYWHERE else bind}:{port}"
        ).rstrip("/"),
        secret_key=secret or _own_secret(folder),
        database_url=database,
        trusted_proxies=proxies,
        log_level=log_level,
        metrics_token=metrics_token,
        clamav=clamav,
    )


def _is_port(value: int) -> None:
    from environs import ValidationError

    if not 1 <= value <= 65535:
        raise ValidationError("must be a port between 1 and 65535")


def _is_daemon(value: str) -> None:
    from environs import ValidationError

    host, _, port = value.rpartition(":")
    if value and not value.startswith("/") and not (host and port.isdigit()):
        raise ValidationError("must be host:port or the path of a socket")


def _own_secret(home: Path) -> str:
    """Read the secret key of this data folder; make it on the first start (mode 0600)."""
    from shopbell.kit.ids import token

    path = home / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home)
    with os.fdopen(handle, "w") as file:
        file.write(token(48))
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
    return path.read_text().strip()
