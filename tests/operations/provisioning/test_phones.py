"""Phone lines and people's phones from a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbell.accounts.models import Store
from shopbell.calls.models import AgentPhone, Line
from shopbell.kit.db.scope import store_scope
from shopbell.operations.provisioning.apply import apply_file, main
from shopbell.operations.provisioning.reading import Mistakes

pytestmark = pytest.mark.django_db
type Write = Callable[..., Path]

PHONE = """
[[store.inbox]]
slug = "phone"
channel = "twilio_voice"

[store.inbox.settings]
account_sid = "AC5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
auth_token = "t"
from = "+493055500100"

[[store.calendar]]
name = "Calls"
hours = "Mon-Fri 10-16"

[[store.phone_line]]
inbox = "phone"
calendar = "Calls"
call_back_minutes = 60
texts = { en = { busy = "We are all baking." } }

[[store.agent_phone]]
member = "owner@lark.example"
number = "+49 30 55500777"
"""


def with_phone(write: Write, *changes: tuple[str, str]) -> Path:
    path, text = write(), PHONE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(path.read_text() + text)
    return path


def test_a_line_is_declared_changed_and_found_again(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    apply_file(with_phone(write))
    with store_scope(Store.objects.get().pk):
        line = Line.objects.select_related("calendar", "connection").get()
        assert (str(line.calendar), line.call_back_minutes) == ("Calls", 60)
        assert line.connection.address == "+493055500100"
        assert line.texts == {"en": {"busy": "We are all baking."}}
        assert AgentPhone.objects.get().number == "+493055500777"
    assert main(with_phone(write)) == 0
    assert "Nothing to change" in capsys.readouterr().out
    apply_file(with_phone(write, ("call_back_minutes = 60", "ring_seconds = 15")))
    with store_scope(Store.objects.get().pk):
        again = Line.objects.get()
        assert (again.call_back_minutes, again.ring_seconds) == (60, 15)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('inbox = "phone"', 'inbox = "orders"', "no phone inbox"),
        ('calendar = "Calls"', 'calendar = "Tea"', "no calendar"),
        ('member = "owner@lark.example"', 'member = "x@y.example"', "does not work here"),
        ('number = "+49 30 55500777"', 'number = "12"', "with the country"),
        ('"+493055500100"', '"030 555"', "from"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(
    write: Write, old: str, new: str, said: str
) -> None:
    with pytest.raises(Mistakes) as error:
        apply_file(with_phone(write, (old, new)))
    assert any(said in str(mistake) for mistake in error.value.mistakes)
