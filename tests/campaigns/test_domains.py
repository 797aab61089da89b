"""Whether receivers can trust the sender is asked by a job, and kept."""

from shopbell.campaigns.domains import (
    ask_about_domain,
    find_out_about_domain,
    sender_now,
    told_about,
)
from shopbell.kit.db.scope import store_scope
from tests.campaigns.ground import Shop


def test_a_domain_is_asked_about_once_in_an_hour_by_a_job(shop: Shop) -> None:
    # given a store that sends by SMTP, whose domain nobody asked about
    with store_scope(shop.store.pk):
        sender, sandbox = sender_now()
        assert sender is not None
        assert not sandbox
        assert told_about(sender) is None
        # when it is asked twice at once
        assert ask_about_domain(store=shop.store)
        assert ask_about_domain(store=shop.store)
        assert told_about(sender) is None
    # and the job has run (an address for examples has no DNS, so nothing leaves this machine)
    find_out_about_domain(shop.store.pk, sender)
    # then it is known, and what is not known is said
    with store_scope(shop.store.pk):
        told = told_about(sender)
        assert told is not None
        assert "name for examples" in told[0][1]
        assert "DKIM" in told[-1][1]
        assert not ask_about_domain(store=shop.store)
