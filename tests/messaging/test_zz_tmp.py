import pytest

from shopbell.conversations.models import Conversation
from shopbell.customers.models import Customer
from shopbell.notifications.trials import start_trial
from tests.messaging.test_editor_in_browser import *  # noqa
from tests.messaging.test_editor_in_browser import _picture
from tests.notifications.test_trials import _news, add_sandbox_sms

for n in list(globals()):
    if n.startswith("test_"):
        del globals()[n]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_trial(window, bench, scheme):
    store = bench.store
    add_sandbox_sms(store)
    with store_scope(store.pk):
        for i in range(24):
            _news(
                f"person{i}", phone="" if i % 6 == 0 else f"+49151123456{i:02d}", days_ago=i + 0.3
            )
        c = Customer.objects.filter(email="person3@shop.example").get()
        Conversation.objects.create(number=77, customer=c, medium="email")
        from datetime import timedelta

        from shopbell.kit import clock

        Conversation.objects.filter(number=77).update(created_at=clock.now() - timedelta(days=9))
        t = start_trial(
            store=store,
            kind="dispatched",
            media=["sms", "email"],
            waits={"sms": 20},
            stages={"complaining": {"media": ["used", "sms"], "waits": {"used": 30}}},
            by="owner@lark.example",
        )
    page = opened(window, f"/s/lark/notifications/trials/{t.pk}")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    print(axe_faults(page))
    assert axe_faults(page) == []
    _picture(page, f"trial-{scheme}")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    _picture(page, f"trial-{scheme}-phone")
