"""Topics and sign-up forms from a file: made once, changed as a version, mistakes refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbell.accounts.models import Store
from shopbell.consent.queries import topics
from shopbell.consent.soft import soft_opt_in_of
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.apply import apply_file
from shopbell.operations.provisioning.reading import Mistakes
from shopbell.signups.models import SignupForm
from tests.operations.provisioning.conftest import FILE

pytestmark = pytest.mark.django_db
type Write = Callable[..., Path]

SIGNUPS = """
[store.policies.soft_opt_in]
countries = ["DE"]
topics = ["tea"]
notice_since = "2026-01-05"

[[store.topic]]
key = "tea"
names = { en = "Tea" }

[[store.signup_form]]
slug = "news"
name = "Foot"
topics = ["tea"]
title = { en = "News" }
wording = { en = "I want offers." }
"""


def test_a_form_is_made_once_and_other_words_are_another_version(write: Write) -> None:
    apply_file(write(text=FILE + SIGNUPS))
    assert apply_file(write(text=FILE + SIGNUPS)).changes == 0
    apply_file(write(text=FILE + SIGNUPS.replace("I want offers.", "I want news.")))
    store = Store.objects.get(slug="lark")
    rules = soft_opt_in_of(store)
    assert rules is not None
    assert (rules.countries, rules.months) == (("DE",), 24)
    with store_scope(store.pk):
        form = SignupForm.objects.get()
        assert (form.version, form.topics, form.asks_by_mail) == (2, ["tea"], True)
        assert form.wording("en").wording == "I want news."
        assert [row.names for row in topics()] == [{"en": "Tea"}]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('wording = { en = "I want offers." }', "wording = {}"),
        ('topics = ["tea"]\ntitle', 'topics = ["coffee"]\ntitle'),
        ('slug = "news"', 'slug = "Not Good"'),
        ('countries = ["DE"]', 'countries = ["Germany"]'),
        ('notice_since = "2026-01-05"', 'notice_since = "in spring"'),
    ],
)
def test_what_is_wrong_changes_nothing(write: Write, right: str, wrong: str) -> None:
    assert right in SIGNUPS
    with pytest.raises(Mistakes):
        apply_file(write(text=FILE + SIGNUPS.replace(right, wrong)))
    assert not Store.objects.filter(slug="lark").exists()
