"""What somebody wants from a text message: a word of the list, a plea in free words, or neither."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbell.consent.wishes import recognise
from shopbell.consent.words import WORDS, Wish

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", " Stop! ", "“STOP”", "STOP 🛑", "Stop\u200b", "ＳＴＯＰ", "opt-out",
     "Opt  Out", "ARRÊT", "arret", "Stopp!!", "İPTAL", "ΣΤΟΠ", "διαγραφή", "Стоп", "退订", "إيقاف",
     "rezygnuję"],
)  # fmt: skip
def test_a_stop_is_a_stop_in_any_language_and_spelling(text: str) -> None:
    found = recognise(text)
    assert found is not None
    assert found.wish is Wish.STOP


@pytest.mark.parametrize("text", ["START", "unstop", "Opt in"])
def test_start_brings_messages_back(text: str) -> None:
    found = recognise(text)
    assert found is not None
    assert (found.wish, found.weak) == (Wish.START, False)


@pytest.mark.parametrize("text", ["YES", "Ja", "sí", "oui"])
def test_a_plain_yes_means_it_only_after_a_stop(text: str) -> None:
    found = recognise(text)
    assert found is not None
    assert (found.wish, found.weak) == (Wish.START, True)


@pytest.mark.parametrize("text", ["HELP", "info", "Hilfe", "aide?"])
def test_help_asks_who_writes(text: str) -> None:
    found = recognise(text)
    assert found is not None
    assert found.wish is Wish.HELP


@pytest.mark.parametrize(
    "text",
    ["Please stop texting me", "pls STOP sending me messages!!", "Don’t text me",
     "remove my number", "take me off your list", "You have the wrong number", "wrong number",
     "no more texts please", "I don't want any more texts from you",
     "opt me out please", "leave me alone", "stop now",
     "Bitte keine SMS mehr", "Schreiben Sie mir bitte nicht mehr", "Hören Sie auf damit",
     "ne m’envoyez plus de SMS", "Arrêtez de m'écrire", "no me envíen más mensajes",
     "Dejen de mandarme mensajes", "non scrivetemi più", "non mi scrivete più", "numero sbagliato",
     "geen sms meer", "pare de me mandar mensagens"],
)  # fmt: skip
def test_a_plea_in_free_words_is_for_a_person(text: str) -> None:
    found = recognise(text)
    assert found is not None
    assert found.wish is Wish.ASKS


@pytest.mark.parametrize(
    "text",
    ["Please cancel my order", "Stop the delivery, I am on holiday", "the bus stop is opposite",
     "don't stop texting me, I love it", "text me when it is there", "I can't stop eating your tea",
     "Did you stop sending texts? I got none.", "remove the jam from my order", "yes please",
     "I need help with my order", "How long is the end of the cable?", "", "🙂", "?"],
)  # fmt: skip
def test_an_ordinary_message_is_left_alone(text: str) -> None:
    assert recognise(text) is None


@given(st.text(max_size=500))
def test_no_text_breaks_the_recogniser(text: str) -> None:
    found = recognise(text)
    assert found is None or found.wish in Wish


def test_every_word_names_its_source_and_is_recognised_as_itself() -> None:
    for entry in WORDS:
        assert entry.source in ("fcc", "twilio", "aws", "ctia", "own")
        for word in entry.words:
            found = recognise(word.upper())
            assert found is not None, word
            assert found.wish is entry.wish, (word, found)


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not here")
def test_among_seven_thousand_messages_to_shops_none_is_taken_for_an_opt_out() -> None:
    lines = (CORPORA / "bitext-8k" / "utterances.jsonl").read_text().splitlines()
    taken = [text for line in lines if recognise(text := json.loads(line)["utterance"])]
    print(f"\nmessages to shops taken for an opt-out: {len(taken)}/{len(lines)}")
    assert not taken
