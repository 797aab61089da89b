"""The demo's customers who call: one is promised a call-back, one leaves a message."""

import dataclasses
from datetime import timedelta

import pytest
from django.conf import LazySettings

from shopbell.calls.models import Call
from shopbell.customers.models import Customer
from shopbell.demo.callers import CALLS, THINKS, Callers
from shopbell.demo.people import BY_NUMBER
from shopbell.demo.seeding import seed
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.connectors.channels.twilio_voice.ground import settle_calls
from tests.support.web import WebProcess

pytestmark = pytest.mark.usefixtures("committed_db")


def test_one_is_promised_a_call_back_and_one_leaves_a_message(
    web: WebProcess, settings: LazySettings
) -> None:
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, port=web.port)
    store, now = seed(), clock.now()
    callers = Callers(store)
    # as long as the shop does not know them, nobody calls
    callers.work(now)
    callers.work(now + timedelta(minutes=2))
    with store_scope(store.pk):
        assert not Call.objects.exists()
        for call in CALLS:
            person = BY_NUMBER[call.number]
            Customer.objects.create(
                email=person.email, first_name=person.first_name, phone=person.phone
            )
    for times in range(1, 10):
        callers.work(now + timedelta(minutes=2) + times * THINKS)
    # a demo that is started again calls nobody twice
    again = Callers(store)
    again.work(now)
    again.work(now + timedelta(minutes=3))
    settle_calls()
    with store_scope(store.pk):
        found = list(Call.objects.order_by("created_at").values_list("outcome", "transcript"))
        promised = Call.objects.filter(promised_at__isnull=False).count()
    assert found == [("missed", ""), ("voicemail", CALLS[1].words)]
    assert promised == 2
