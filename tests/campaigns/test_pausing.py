"""Somebody goes on while a worker is just being told of the pause."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection as database

from shopbell.campaigns import actions
from shopbell.campaigns.leaving import make_ready
from shopbell.campaigns.models import Place, Recipient, Stage
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from tests.campaigns.ground import add_people_who_agree, know_people, open_shop, pass_time
from tests.support.smtp_sink import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


@pytest.mark.django_db(transaction=True)
def test_what_is_held_while_somebody_goes_on_is_not_held_for_ever(sink: SmtpSink) -> None:
    # given a paused campaign, and a worker that judges its people
    shop = open_shop(sink)
    add_people_who_agree(shop.store, 5)
    know_people(shop.store)
    row = shop.start()
    PUMPS["campaigns"].run()
    judged, going_on = threading.Event(), threading.Event()

    def worker() -> None:
        with store_scope(shop.store.pk):
            some = Recipient.objects.filter(campaign_id=row.pk, state=Place.PENDING)
            make_ready(shop.store, shop.again(row), list(some.select_for_update()))
            judged.set()
            going_on.wait(10)
        database.close()

    with store_scope(shop.store.pk):
        actions.pause_campaign(campaign=row, by=None)
    thread = threading.Thread(target=worker)
    thread.start()
    assert judged.wait(20)

    # when somebody goes on before what the worker wrote is committed
    threading.Timer(0.3, going_on.set).start()
    with store_scope(shop.store.pk):
        actions.resume_campaign(campaign=row)
    thread.join(20)
    pass_time(minutes=1)

    # then all get it
    assert shop.places(row) == {"sent": 5}
    assert shop.again(row).stage == Stage.DONE
