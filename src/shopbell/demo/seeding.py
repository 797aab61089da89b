"""The demo store and its connections, made once at `up --demo`.

Only what a merchant would set up stands here; orders, customers and products arrive through the
front door. A newcomer's mistake: fixed secrets. They are made per installation, so nobody can post
into somebody else's demo.
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from shopbell.accounts.actions import add_staff, change_store, create_organisation, create_store
from shopbell.accounts.models import Role, Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.connections.queries import opened_settings
from shopbell.contact_forms.actions import save_form
from shopbell.demo import colleague
from shopbell.demo.at_work import set_up_people
from shopbell.demo.contact import demo_form
from shopbell.demo.desk import set_up_desk
from shopbell.demo.longing import set_up_waiting
from shopbell.demo.news import set_up_news
from shopbell.demo.newsletter import set_up_newsletter
from shopbell.demo.posts import Doors
from shopbell.demo.queries import SHOP_ACCOUNT
from shopbell.journeys.actions import switch_on
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import token
from shopbell.notifications.actions import change_policies
from shopbell.sandbox.door import front_door_url

SLUGS = ("lark", "lark-demo")  # a real shop may have the first name already
NAME = "Lark & Larder"
OWNER = "owner@lark.example"
JOURNEYS = ("welcome", "cart_recovery", "delivery_check")
INBOXES = (
    ("sandbox_email", "mail", "orders@lark.example"),
    ("sandbox_sms", "text", "+493023125014"),
    ("sandbox_whatsapp", "whatsapp", "+493023125014"),
    ("sandbox_instagram", "instagram", "lark.and.larder"),
    ("sandbox_messenger", "messenger", "Lark & Larder"),
    ("sandbox_telegram", "telegram", "@larkandlarder"),
    ("sandbox_phone", "phone", "+493023125014"),
)
_LOOKS: dict[str, Any] = {
    "locale": "en",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "domain": "lark.example",
    "brand_colour": "#2f5d50",
    "postal_address": "Lark & Larder, Lerchenweg 3, 28203 Bremen, Germany",
    "help_email": "help@lark.example",
    "phone": "+49 30 23125 014",  # of the range kept for fiction
    "hours": "Monday to Friday, 9 to 17",
}

# A visitor at midnight, who shops five times in ten minutes, sees everything as well.
_POLICIES: dict[str, Any] = {
    "quiet_from": "00:00",
    "quiet_until": "00:00",
    "budgets": [{"purpose": "marketing", "channel": "email", "count": 5, "hours": 24}],
}


@transaction.atomic
def seed() -> Store:
    """Make the demo store, or only keep its address up to date when it is there already."""
    store = Store.objects.filter(is_demo=True).order_by("pk").first()
    if store is None:
        store = _make()
    address = shop_address(store)
    if store.url != address:
        change_store(store=store, url=address)
    _open_the_api(store)
    return store


def _open_the_api(store: Store) -> None:
    """Let the simulated shop be asked for refunds; its address may be another than last time."""
    base = f"{front_door_url()}/demo/shop/{store.slug}"
    with store_scope(store.pk):
        row = Connection.objects.filter(connector="shopify", slug=SHOP_ACCOUNT).first()
        if row is None:
            return
        opened = opened_settings(row)
        if opened.get("access_token") and opened.get("api_base") == base:
            return
        save_connection(
            store=store,
            family="shop",
            connector="shopify",
            slug=row.slug,
            name=row.name,
            settings={
                **opened,
                "access_token": opened.get("access_token") or token(32),
                "api_base": base,
            },
        )


def shop_address(store: Store) -> str:
    """Return where visitors buy as a customer."""
    return f"{settings.BASE_URL}/demo/shop/{store.slug}"


def _make() -> Store:
    slug = next(slug for slug in SLUGS if not Store.objects.filter(slug=slug).exists())
    store = create_store(
        organisation=create_organisation(name=NAME), slug=slug, name=NAME, is_demo=True, **_LOOKS
    )
    add_staff(store=store, email=OWNER, name="Robin Larkin", role=Role.OWNER)
    add_staff(store=store, email=colleague.EMAIL, name=colleague.NAME, role=Role.AGENT)
    doors = Doors(store=slug, shop_secret=token(32), carrier_secret=token(32))
    save_connection(
        store=store,
        family="shop",
        connector="shopify",
        slug=doors.shop_account,
        name="Lark & Larder (simulated)",
        settings={"domain": doors.domain, "webhook_secret": doors.shop_secret},
    )
    save_connection(
        store=store,
        family="carrier",
        connector="generic_carrier",
        slug=doors.carrier_account,
        name="Parcel carriers (simulated)",
        settings={"webhook_secret": doors.carrier_secret},
    )
    for connector, inbox, address in INBOXES:
        save_connection(
            store=store,
            family="channel",
            connector=connector,
            slug=inbox,
            address=address,
            settings={"webhook_secret": token(32), "from_name": NAME},
        )
    save_connection(
        store=store,
        family="channel",
        connector="widget",
        slug="chat",
        settings={},
    )
    with store_scope(store.pk):
        change_policies(store=store, **_POLICIES)
        save_form(content=demo_form(), languages=["en", "de"], slug="contact")
        set_up_news()
        set_up_newsletter()
        set_up_waiting(store)
        for key in JOURNEYS:
            switch_on(key=key, by=None)
    set_up_people(store)
    set_up_desk(store)
    return store
