"""A call's script as the sandbox's exchange reads it: a list of JSON objects."""

from functools import singledispatch
from typing import Any

from shopbell.calls.ports import Ask, GoOn, HangUp, Next, Record, Ring, Say, Script

type Order = dict[str, Any]


def write_script(script: Script) -> list[Order]:
    """Return a whole answer."""
    return [_write(instruction) for instruction in script]


@singledispatch
def _write(instruction: object) -> Order:
    raise TypeError(f"no words for {type(instruction).__name__}")


@_write.register
def _say(instruction: Say) -> Order:
    return {"do": "say", "text": instruction.text, "language": instruction.language}


@_write.register
def _ask(instruction: Ask) -> Order:
    return {
        "do": "ask",
        "say": [_say(each) for each in instruction.say],
        "then": _then(instruction.then),
    }


@_write.register
def _ring(instruction: Ring) -> Order:
    numbers = [
        {"number": number, "then": _then(screen) if screen is not None else None}
        for number, screen in instruction.numbers
    ]
    seconds, then = instruction.seconds, _then(instruction.then)
    return {"do": "ring", "numbers": numbers, "seconds": seconds, "then": then}


@_write.register
def _record(instruction: Record) -> Order:
    return {"do": "record", "seconds": instruction.seconds, "then": _then(instruction.then)}


@_write.register
def _go_on(instruction: GoOn) -> Order:
    return {"do": "go_on", "then": _then(instruction.then)}


@_write.register
def _hang_up(instruction: HangUp) -> Order:
    return {"do": "hang_up"}


def _then(then: Next) -> Order:
    return {"step": str(then.step), "values": dict(then.values)}
