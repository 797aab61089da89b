"""What the notifications page shows: rows of the matrix, and notices the shop sends itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.kit import clock
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.queries import told_by_kind
from shopbell.messaging.template_news import LostText, lost_texts
from shopbell.messaging.titles import medium_title
from shopbell.notifications.kinds import GROUPS, KINDS
from shopbell.notifications.queries import Setting, settings_of_store
from shopbell.notifications.words import condition_words, delay_words

DAYS = 7


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a plan. `place` counts from one."""

    medium: str
    name: str
    connected: bool
    place: int


@dataclass(frozen=True, slots=True)
class Row:
    """One notification with its settings in words and what became of it lately."""

    setting: Setting
    ways: tuple[Way, ...]
    delay: str
    filters: tuple[str, ...]
    told: int = 0
    not_told: int = 0
    lost: LostText | None = None  # its approved template cannot be sent now

    @property
    def switch_label(self) -> SafeString:
        """Return the label of the switch, for those who cannot see the row it stands in."""
        title = self.setting.kind.title
        return format_html('<span class="visually-hidden">Tell: {}</span>', title)

    @property
    def reachable(self) -> bool:
        """Return whether any channel of the plan is connected."""
        return any(way.connected for way in self.ways)


def matrix(store: Store) -> list[tuple[str, list[Row]]]:
    """Return the rows of all notifications by group."""
    settings = settings_of_store()
    counts = told_by_kind(clock.now() - timedelta(days=DAYS))
    connected = frozenset(str(medium) for medium in inboxes())
    lost = {each.kind: each for each in lost_texts()}
    return [
        (
            title,
            [
                _row(store, settings[key], connected, counts.get(key, (0, 0)), lost.get(key))
                for key in keys
            ],
        )
        for title, keys in GROUPS
    ]


def row_of(store: Store, kind: str) -> Row:
    """Return the row of one notification."""
    counts = told_by_kind(clock.now() - timedelta(days=DAYS))
    connected = frozenset(str(medium) for medium in inboxes())
    lost = next(iter(lost_texts(kind)), None)
    return _row(store, settings_of_store()[kind], connected, counts.get(kind, (0, 0)), lost)


def _row(
    store: Store,
    setting: Setting,
    connected: frozenset[str],
    counts: tuple[int, int],
    lost: LostText | None,
) -> Row:
    ways = tuple(
        Way(medium, medium_title(medium), medium in connected, place)
        for place, medium in enumerate(setting.media, start=1)
    )
    return Row(
        setting=setting,
        ways=ways,
        delay=delay_words(setting.delay_minutes),
        filters=tuple(condition_words(setting.conditions, store.currency)),
        told=counts[0],
        not_told=counts[1],
        lost=lost,
    )


@dataclass(frozen=True, slots=True)
class ShopNotice:
    """A message of the shop itself that says what one of ours says."""

    kind: str
    title: str
    name: str
    off: bool
    ours_on: bool


@dataclass(frozen=True, slots=True)
class ShopNotices:
    """The notices of one connected shop, and where in its admin they are switched off."""

    key: str
    shop: str
    path: str
    url: str
    notices: tuple[ShopNotice, ...]

    @property
    def open(self) -> int:
        """Return how many customers would get twice."""
        return sum(notice.ours_on and not notice.off for notice in self.notices)


_PATHS = {
    "shopify": "Settings → Notifications → Customer notifications",
    "woocommerce": "WooCommerce → Settings → Emails",
}


def shop_notices(store: Store) -> list[ShopNotices]:
    """Return, for each connected shop that writes to customers itself, what to switch off there."""
    rows = Connection.objects.filter(family="shop", connector__in=_PATHS).exclude(
        state__in=[ConnectionState.OFF, ConnectionState.REMOVED]
    )
    settings = settings_of_store()
    return [_notices_of(store, row, settings) for row in rows.order_by("connector", "slug")]


def _notices_of(store: Store, shop: Connection, settings: dict[str, Setting]) -> ShopNotices:
    key = f"{shop.connector}/{shop.slug}"
    off = notices_off(store).get(key, [])
    notices = tuple(
        ShopNotice(kind.key, kind.title, name, kind.key in off, settings[kind.key].enabled)
        for kind in KINDS.values()
        if (name := _name_there(kind.shopify_notice, kind.woocommerce_notice, shop.connector))
    )
    return ShopNotices(
        key, shop.name or shop.slug, _PATHS[shop.connector], _admin_url(shop), notices
    )


def _name_there(shopify: str, woocommerce: str, connector: str) -> str:
    return shopify if connector == "shopify" else woocommerce


def _admin_url(shop: Connection) -> str:
    if shop.connector == "shopify":
        domain = str(shop.settings.get("domain", ""))
        return f"https://{domain}/admin/settings/notifications" if domain else ""
    address = str(shop.settings.get("url", "")).rstrip("/")
    return f"{address}/wp-admin/admin.php?page=wc-settings&tab=email" if address else ""


def notices_off(store: Store) -> dict[str, Sequence[str]]:
    """Return which of the shop's own notices staff have switched off, by shop."""
    found = store.policies.get("shop_notices_off")
    return found if isinstance(found, dict) else {}
