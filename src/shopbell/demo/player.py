"""Plays the demo store: loads the simulation, lets time pass, posts to the front door, saves.

Runs as a pump of the worker, about once a second. Among several worker processes only the holder
of an advisory lock plays. A newcomer's mistake: saving before posting. What was posted twice after
a crash has the same event ids and is stored once; what was saved but never posted is lost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connections.queries import opened_settings
from shopbell.demo.admin import answer
from shopbell.demo.callers import Callers
from shopbell.demo.colleague import Colleague
from shopbell.demo.customers import Audience
from shopbell.demo.models import Simulation, Wish, WishState
from shopbell.demo.newsletter import Newsletter
from shopbell.demo.paces import AFTER_OPENING, OPENING, OPENING_LASTS, PACES
from shopbell.demo.people import DemoCustomer
from shopbell.demo.poster import Poster
from shopbell.demo.posts import Doors, Post
from shopbell.demo.scenario import Simulator
from shopbell.demo.stories import market_day
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ShopbellError, Temporary
from shopbell.kit.http import Provider
from shopbell.sandbox.door import front_door_url
from shopbell.web.live import announce

log = structlog.get_logger()

TICK = 1.0
CALM_TICK = 3.0
AT_ONCE = 1.0  # seconds of posting before wishes are looked at again
SAVE_EVERY = 2.0
SAVE_AT_LEAST = 30.0
LOOK_EVERY = 20.0  # for a demo store that may have appeared or gone
KEPT_WISHES = timedelta(days=1)
_LOCK = 0x5B0DE


@dataclass(slots=True)
class Stage:
    """A demo store being played."""

    store: Store
    simulator: Simulator
    poster: Poster
    audience: Audience
    colleague: Colleague
    callers: Callers
    newsletter: Newsletter
    opening: bool
    paced_until: datetime | None
    played: float = 0.0
    saved: float = 0.0
    changed: bool = field(default=True)


def _people(store: Store, seed: int) -> tuple[Audience, Colleague, Callers, Newsletter]:
    return Audience(store, seed), Colleague(store), Callers(store), Newsletter(store)


class Player:
    """One per worker process. Not thread-safe: its pump has one thread."""

    def __init__(self, door: Callable[[], str] = front_door_url) -> None:
        self._door = door
        self._store: Store | None = None
        self._looked = float("-inf")
        self._stage: Stage | None = None
        self._locked_on: Any = None
        self._ticked = float("-inf")

    def tick(self) -> int:
        """Let time pass up to now. Returns 1 if the door is behind, so that we go on at once."""
        store = self._demo_store()
        if store is None or not self._may_play(store):
            self._stage = None
            return 0
        if self._stage is None:
            self._stage = self._set(store)
        if self._stage is None or self._may_doze(self._stage):
            return 0
        return self._play(self._stage)

    def _may_doze(self, stage: Stage) -> bool:
        """At real time little happens: look every few seconds, but at once when somebody rang.

        A tick that comes early was woken by a wish.
        """
        now = time.monotonic()
        rung = now - self._ticked < TICK * 0.9
        self._ticked = now
        calm = stage.simulator.speed <= 1 or not stage.simulator.playing
        return calm and not rung and not stage.poster.waiting and now < stage.played + CALM_TICK

    def end(self) -> None:
        """Save what is not saved yet, and let another worker play."""
        if self._stage is not None and self._holds_lock():
            self._save(self._stage)
        self._stage = None

    def _demo_store(self) -> Store | None:
        if time.monotonic() - self._looked > LOOK_EVERY:
            found = Store.objects.filter(is_demo=True).order_by("pk").first()
            if found is None or self._store is None or found.pk != self._store.pk:
                self._stage = None
            self._store, self._looked = found, time.monotonic()
        return self._store

    def _holds_lock(self) -> bool:
        """The lock belongs to a database session; a fresh session has to ask again."""
        return self._locked_on is not None and self._locked_on is connection.connection

    def _may_play(self, store: Store) -> bool:
        if not self._holds_lock():
            self._stage = None
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, store.pk])
                got = bool(cursor.fetchone()[0])
            self._locked_on = connection.connection if got else None
        return self._holds_lock()

    def _set(self, store: Store) -> Stage | None:
        """Continue where the demo stopped, or open the shop once the front door answers."""
        doors = doors_of(store)
        if doors is None:
            return None
        poster = Poster(self._door())
        with store_scope(store.pk):
            row = Simulation.objects.first()
        if row is not None:
            simulator = Simulator.load(doors, row.state)
            log.info("demo.continues", store=store.slug, speed=simulator.speed)
            people = _people(store, simulator.seed)
            return Stage(store, simulator, poster, *people, row.opening, row.paced_until)
        if not self._door_is_open():
            return None
        now = clock.now()
        simulator = Simulator(doors, at=now, simulated_at=market_day(now), speed=OPENING.speed)
        poster.send(simulator.open_shop(now), AT_ONCE)
        log.info("demo.opens", store=store.slug)
        people = _people(store, simulator.seed)
        return Stage(store, simulator, poster, *people, True, now + OPENING_LASTS)

    def _door_is_open(self) -> bool:
        try:
            Provider(self._door(), connect_timeout=1, read_timeout=2).get("/healthz")
        except Temporary:
            return False
        return True

    def _play(self, stage: Stage) -> int:
        """Post for about a second. On a slow machine time slows down; nothing piles up."""
        now, stage.played = clock.now(), time.monotonic()
        sent = 0
        if stage.poster.waiting:
            stage.simulator.rest(now)
            sent = stage.poster.send([], AT_ONCE)
            if not sent:
                return 0  # the door is shut
        self._calm_down(stage, now)
        wishes = self._fulfil_wishes(stage)
        if not stage.poster.waiting:
            posts = stage.simulator.advance(now) + stage.audience.react(now)
            stage.changed |= bool(posts)
            stage.colleague.work(now)
            stage.callers.work(now)
            stage.newsletter.work(now)
            sent += stage.poster.send(posts, AT_ONCE)
        since = time.monotonic() - stage.saved
        due = since > (SAVE_EVERY if stage.changed else SAVE_AT_LEAST)
        if wishes or (due and not stage.poster.waiting):
            self._save(stage, wishes)
        return int(stage.poster.waiting > 0)

    def _calm_down(self, stage: Stage, now: datetime) -> None:
        """A lively pace ends by itself."""
        if stage.paced_until is None or now < stage.paced_until:
            return
        pace = AFTER_OPENING if stage.opening else PACES["real"]
        stage.poster.send(stage.simulator.set_speed(pace.speed, now), AT_ONCE)
        stage.opening = False
        stage.paced_until = now + pace.lasts if pace.lasts else None
        stage.changed = True

    def _fulfil_wishes(self, stage: Stage) -> list[Wish]:
        """Do what people asked for; the answers are saved together with the state they led to."""
        with store_scope(stage.store.pk):
            wishes = list(Wish.objects.filter(state=WishState.WAITING).order_by("id")[:20])
        for wish in wishes:
            try:
                posts, wish.answer = fulfil(stage, wish, clock.now())
                wish.state = WishState.DONE
                stage.poster.send(posts, AT_ONCE)
            except ShopbellError as error:
                wish.state, wish.answer = WishState.REFUSED, {"why": error.message}
            except (
                KeyError,
                TypeError,
                ValueError,
            ):  # a wish we cannot read must not stop the shop
                log.exception("demo.wish_failed", verb=wish.verb)
                wish.state, wish.answer = WishState.REFUSED, {"why": "The demo cannot do that."}
        return wishes

    def _save(self, stage: Stage, wishes: Sequence[Wish] = ()) -> None:
        now = clock.now()
        simulator = stage.simulator
        with store_scope(stage.store.pk):
            Simulation.objects.update_or_create(
                store=stage.store,
                defaults={
                    "state": simulator.dump(),
                    "playing": simulator.playing,
                    "speed": simulator.speed,
                    "simulated_at": simulator.simulated_at,
                    "opening": stage.opening,
                    "paced_until": stage.paced_until,
                    "saved_at": now,
                },
            )
            Wish.objects.bulk_update(wishes, ["state", "answer"])
            Wish.objects.filter(asked_at__lt=now - KEPT_WISHES).delete()
            announce(stage.store.pk, "demo")
        stage.saved, stage.changed = time.monotonic(), False


def doors_of(store: Store) -> Doors | None:
    """Return how to sign for the demo's shop and carrier; None when one is not connected."""
    plain = Doors(store=store.slug, shop_secret="", carrier_secret="")
    with store_scope(store.pk):
        rows = {(row.connector, row.slug): row for row in Connection.objects.all()}
        shop = rows.get(("shopify", plain.shop_account))
        carrier = rows.get(("generic_carrier", plain.carrier_account))
        if shop is None or carrier is None:
            return None
        return Doors(
            store=store.slug,
            shop_secret=str(opened_settings(shop).get("webhook_secret", "")),
            carrier_secret=str(opened_settings(carrier).get("webhook_secret", "")),
            domain=str(shop.settings.get("domain") or plain.domain),
            static_url=f"{settings.BASE_URL}/static/",
        )


def fulfil(stage: Stage, wish: Wish, now: datetime) -> tuple[list[Post], dict[str, Any]]:
    """Do what somebody asked; returns what to post, and what to tell them."""
    simulator, data = stage.simulator, wish.data
    match wish.verb:
        case "play":
            simulator.play(now)
            return [], {}
        case "pause":
            return simulator.pause(now), {}
        case "pace":
            pace = PACES[data["pace"]]
            posts = simulator.set_speed(pace.speed, now)
            simulator.play(now)
            stage.opening = False
            stage.paced_until = now + pace.lasts if pace.lasts else None
            return posts, {}
        case "place":
            posts = simulator.place_order(DemoCustomer(**data["customer"]), data["lines"], now)
            order = list(simulator.orders.values())[-1]
            return posts, {"order": str(order.id), "number": order.name}
        case "delay":
            return simulator.delay(data["order"], now), {}
        case "lose":
            return simulator.lose(data["order"], now), {}
        case "cancel":
            return simulator.cancel(data["order"], now), {}
        case "admin":
            return answer(simulator, data["name"], data["variables"], now)
    raise ShopbellError(f"Nobody knows how to {wish.verb}.")
