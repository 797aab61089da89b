"""Calls for programs: written down, listed, settled, placed."""

from datetime import timedelta

from shopbell.accounts.models import Store
from shopbell.calls.models import Call
from tests.api.callers import Caller, make_key
from tests.calls.ground import ADA, MARA, MONDAY, Office
from tests.calls.ground import office as office


def program(store: Store, *scopes: str) -> Caller:
    return Caller(store, make_key(store, *scopes))


def test_a_program_writes_down_a_call_and_what_was_promised_in_it(office: Office) -> None:
    caller = program(office.store)
    body = {
        "direction": "in", "outcome": "reached", "number": MARA, "minutes": 3,
        "notes": "Asks for the manual.", "author": office.ada.email,
        "call_back_at": (MONDAY + timedelta(hours=4)).isoformat(),
        "client_id": "01890000-0000-7000-8000-000000000002",
    }  # fmt: skip
    made = [caller.ask("POST", "/calls", body) for _ in range(2)]
    assert [each.status for each in made] == [201, 201], made[0].json
    office.settle()
    assert office.count(Call) == 1
    told = made[0].json
    assert (told["by_hand"], told["talk_seconds"], told["agent"]) == (True, 180, office.ada.email)
    assert told["customer"] == str(office.mara.pk)
    assert office.promise() == (timedelta(hours=4), "running")
    assert caller.get(f"/calls/{told['id']}") == told

    # and nonsense is refused in words
    wrong = caller.ask("POST", "/calls", body | {"number": "abc", "client_id": None})
    assert wrong.status == 422
    assert "not a phone number" in str(wrong.json)
    nobody = {"direction": "in", "outcome": "missed"}
    assert caller.ask("POST", "/calls", nobody).status == 422
    later = (MONDAY + timedelta(days=1)).isoformat()
    assert caller.ask("POST", "/calls", nobody | {"number": MARA, "at": later}).status == 422
    reader = program(office.store, "conversations:read")
    assert reader.ask("POST", "/calls", body).status == 403


def test_a_program_lists_missed_calls_writes_a_transcript_and_has_somebody_called(
    office: Office,
) -> None:
    office.ada_leaves()
    office.calls(keys="2")
    caller = program(office.store)
    [missed] = caller.get("/calls?outcome=voicemail")["items"]
    assert (missed["recording_seconds"], missed["call_back_told"]) == (12, "voice")
    placed = caller.ask(
        "POST",
        f"/conversations/{missed['conversation']}/call",
        {"number": MARA, "agent": office.ada.email},
    )
    assert placed.status == 202, placed.json
    office.settle()
    assert [form["To"] for _, form in office.twilio.queued] == [ADA]
    told = caller.ask(
        "POST",
        f"/calls/{missed['id']}/outcome",
        {"outcome": "voicemail", "transcript": "The cup is cracked."},
    )
    assert told.json["transcript"] == "The cup is cracked."
    assert "The cup is cracked." in dict(office.lines())["incoming"]
    assert office.promise()[1] == "running"
    assert caller.get(f"/calls?customer={office.mara.pk}&limit=1")["next"]
