"""What somebody on the phone hears next. Reads only: what it leads to follows from the webhook.

A newcomer's mistake: promising one time aloud and writing down another. The time a caller is told
travels with the step (`Step.PROMISED`), so that the one that was said is the one that is kept.
"""

from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.calendars.arithmetic import standing
from shopbell.calls.models import Call, Line
from shopbell.calls.ports import (
    Ask,
    Asked,
    GoOn,
    HangUp,
    Instruction,
    Next,
    Record,
    Ring,
    Script,
    Step,
)
from shopbell.calls.queries import (
    call_back_time,
    customer_of_number,
    line_of,
    open_call_back,
    people_to_ring,
    schedule_for,
)
from shopbell.calls.words import Voice, language_of, spoken_number
from shopbell.connections.ports import Account
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope

CALL_BACK, LEAVE_MESSAGE = "1", "2"
TAKE = "1"
_AGENT_SECONDS = 8
_FOR_AGENTS = (Step.SCREEN, Step.TAKEN, Step.BRIDGE, Step.CONNECT)


def next_script(asked: Asked, account: Account, shows: str) -> Script:
    """Return what comes next in a call. `shows`: the store's own number, for those we ring."""
    with store_scope(account.store_id):
        return _SCRIPTS[asked.step](_scene(asked, account, shows))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a script is written from."""

    asked: Asked
    line: Line
    voice: Voice
    shows: str
    now: datetime


def _scene(asked: Asked, account: Account, shows: str) -> _Scene:
    store, line = Store.objects.get(pk=account.store_id), line_of(account.id)
    caller = None if asked.step in _FOR_AGENTS else customer_of_number(asked.number)
    language = language_of(caller.locale if caller else "", store.locale)
    zone = line.calendar.zone if line.calendar else store.timezone
    texts = line.texts.get(language, {})
    voice = Voice(language, store.name, zone, texts)
    return _Scene(asked, line, voice, shows, clock.now())


def _ringing(scene: _Scene) -> list[Instruction]:
    """Greet; in opening hours ring whoever is there."""
    line, voice = scene.line, scene.voice
    here = standing(schedule_for(line), scene.now)
    if not here.open:
        if here.back is None:
            return [voice.say("greeting_away"), *_offer(scene)]
        back = voice.when(here.back)
        return [voice.say("greeting_closed", back=back), *_offer(scene)]
    phones = people_to_ring(line) if line.rings else []
    if not phones:
        return [voice.say("greeting_away"), *_offer(scene)]
    call = scene.asked.provider_id
    numbers = tuple(
        (phone.number, Next(Step.SCREEN, (("call", call), ("agent", str(phone.user_id)))))
        for phone in phones
    )
    return [
        voice.say("greeting_open"),
        Ring(numbers, Next(Step.DIALLED), line.ring_seconds),
    ]


def _dialled(scene: _Scene) -> list[Instruction]:
    if scene.asked.connected or scene.asked.over:
        return [HangUp()]
    return [scene.voice.say("busy"), *_offer(scene)]


def _offer(scene: _Scene, *, again: bool = False) -> list[Instruction]:
    """Offer what the line offers, twice at most; without a number nobody can be called back."""
    line, voice, said = scene.line, scene.voice, []
    if line.offers_call_back and scene.asked.number:
        said.append(voice.say("offer_call_back", when=voice.when(_promise(scene))))
    if line.offers_voicemail:
        said.append(voice.say("offer_voicemail"))
    then = Next(Step.CHOSEN, (("again", "1"),) if again else ())
    ask = [Ask(tuple(said), then)] if said else []
    return [*ask, GoOn(Next(Step.GOODBYE))]


def _promise(scene: _Scene) -> datetime:
    """Return by when we call back; who calls again hears what they were promised before."""
    before = open_call_back(scene.asked.number)
    if before is not None and before.promised_at is not None:
        return before.promised_at
    return call_back_time(scene.line, scene.now)


def _chosen(scene: _Scene) -> list[Instruction]:
    line, key = scene.line, scene.asked.key
    if key == CALL_BACK and line.offers_call_back and scene.asked.number:
        at = _promise(scene).isoformat()
        return [GoOn(Next(Step.PROMISED, (("at", at), ("wanted", "1"))))]
    if key == LEAVE_MESSAGE and line.offers_voicemail:
        return [scene.voice.say("consent"), Record(Next(Step.RECORDED), line.voicemail_seconds)]
    if scene.asked.values.get("again"):
        return [GoOn(Next(Step.GOODBYE))]
    return _offer(scene, again=True)


def _recorded(scene: _Scene) -> list[Instruction]:
    """Thank for the message, and say by when we call back."""
    if scene.asked.over:
        return [HangUp()]
    thanks = scene.voice.say("recorded")
    if not scene.asked.number:
        return [thanks, scene.voice.say("goodbye"), HangUp()]
    return [thanks, GoOn(Next(Step.PROMISED, (("at", _promise(scene).isoformat()),)))]


def _promised(scene: _Scene) -> list[Instruction]:
    at = datetime.fromisoformat(scene.asked.values["at"])
    return [scene.voice.say("promised", when=scene.voice.when(at)), HangUp()]


def _goodbye(scene: _Scene) -> list[Instruction]:
    return [scene.voice.say("goodbye"), HangUp()]


def _screen(scene: _Scene) -> list[Instruction]:
    """Ask the agent who picked up: a mailbox of theirs shall not take the call."""
    voice, values = scene.voice, tuple(scene.asked.values.items())
    call = Call.objects.filter(provider_id=scene.asked.values.get("call", "")).first()
    who = str(call.customer) if call and call.customer and call.customer.name else ""
    if not who and call is not None and call.number:
        who = spoken_number(call.number)
    said = voice.say("screen", who=who or voice.words("somebody"))
    return [Ask((said,), Next(Step.TAKEN, values), _AGENT_SECONDS), HangUp()]


def _taken(scene: _Scene) -> list[Instruction]:
    return [] if scene.asked.key == TAKE else [HangUp()]  # nothing: they are connected


def _bridge(scene: _Scene) -> list[Instruction]:
    """Click to call: the agent picked up. A mailbox of theirs shall not call the customer."""
    call = _our_call(scene)
    if call is None:
        return [scene.voice.say("gone"), HangUp()]
    named = call.customer is not None and call.customer.name
    who = str(call.customer) if named else spoken_number(call.number)
    said = scene.voice.say("bridge", who=who)
    values = tuple(scene.asked.values.items())
    return [Ask((said,), Next(Step.CONNECT, values), _AGENT_SECONDS), HangUp()]


def _connect(scene: _Scene) -> list[Instruction]:
    call = _our_call(scene)
    if call is None or scene.asked.key != TAKE:
        return [HangUp()]
    values = tuple(scene.asked.values.items())
    return [Ring(((call.number, None),), Next(Step.BRIDGED, values), 40, scene.shows)]


def _our_call(scene: _Scene) -> Call | None:
    key = scene.asked.values.get("call", "")
    return Call.objects.select_related("customer").filter(pk=key).first() if key else None


def _bridged(scene: _Scene) -> list[Instruction]:
    return [HangUp()]


_SCRIPTS = {
    Step.RINGING: _ringing,
    Step.DIALLED: _dialled,
    Step.CHOSEN: _chosen,
    Step.PROMISED: _promised,
    Step.RECORDED: _recorded,
    Step.GOODBYE: _goodbye,
    Step.SCREEN: _screen,
    Step.TAKEN: _taken,
    Step.BRIDGE: _bridge,
    Step.CONNECT: _connect,
    Step.BRIDGED: _bridged,
}
