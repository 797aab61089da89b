"""How a customer sounds: right when it speaks, silent otherwise, in the languages of the chat."""

import json
from pathlib import Path

import pytest

from shopbell.conversations.models import Conversation, Mood
from shopbell.conversations.mood import mood_of
from shopbell.kit.db.scope import store_scope
from tests.backoffice.market import Market, text_of
from tests.conversations.inbox_ground import Inbox, open_inbox

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "bitext-8k" / "utterances.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "This is ridiculous, I have been waiting for three weeks!",
        "I am still waiting and nobody replies to my mails.",
        "WHERE IS MY ORDER??? THIS IS THE THIRD TIME I ASK",
        "Very disappointed with the quality.",
        "I want my money back or I call my lawyer",
        "Das ist eine Frechheit! Ich warte seit Wochen.",
        "Ich bin enttäuscht, schon wieder die falsche Größe",
        "C’est inadmissible, je veux être remboursé.",
        "Estoy harta de esperar, es una vergüenza",
        "Sono molto delusa dal vostro servizio",
        "Dit is belachelijk, ik wacht al weken",
        "Isto é inaceitável, vou ao Procon",
        "To skandal, nikt nie odpowiada",
        "هذا غير مقبول، أريد استرداد المبلغ",
    ],
)
def test_an_upset_customer_is_heard(text: str) -> None:
    assert mood_of(text) == "upset"


@pytest.mark.parametrize(
    "text",
    [
        "Thank you so much, great service!",
        "Vielen Dank, das hat super geklappt!",
        "Merci beaucoup pour votre aide",
        "Muchas gracias por todo",
        "Grazie mille",
        "Heel erg bedankt voor de snelle hulp",
        "Muito obrigada!",
        "Bardzo dziękuję za pomoc",
        "شكراً جزيلاً على المساعدة",
    ],
)
def test_a_pleased_one_too(text: str) -> None:
    assert mood_of(text) == "pleased"


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order #1001?",
        "One of the cups arrived broken. Can I get a new one?",
        "I'm not angry, just wondering when it arrives.",
        "I'm disappointed.",  # one weak word alone
        "Is the 1 star mug back in stock?",
        "Do you have a lawyer-themed card?",
        "Please cancel it immediately",
        "Wann kommt mein Paket?",
        "Thanks",
        "Pouvez-vous me dire où est mon colis ?",
        "HELLO",
        "",
    ],
)
def test_a_calm_one_has_no_mood(text: str) -> None:
    assert mood_of(text) == ""


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora are not beside the project")
def test_plain_shop_questions_are_hardly_ever_taken_for_anger(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = [json.loads(line)["utterance"] for line in CORPUS.read_text().splitlines()]
    upset = [text for text in said if mood_of(text) == Mood.UPSET]
    with capsys.disabled():
        print(f"\n    {len(said)} plain questions: {len(upset)} taken for upset", end=" ")
    assert len(upset) <= len(said) * 0.002


@pytest.fixture
def inbox(committed_db: None) -> Inbox:
    return open_inbox(Market.open())


def mood_in(inbox: Inbox) -> str:
    with store_scope(inbox.market.bench.store.pk):
        return Conversation.objects.get().mood


def test_the_mood_lasts_until_we_have_answered(inbox: Inbox) -> None:
    entry = inbox.write("This is unacceptable. Third time I ask!")
    inbox.write("It is order 1001")
    assert mood_in(inbox) == "upset"
    inbox.reply(entry, "I am sorry. It leaves today.")
    assert mood_in(inbox) == "upset"  # nothing was heard since
    inbox.write("Ok")
    assert mood_in(inbox) == ""
    inbox.write("Thank you so much")
    assert mood_in(inbox) == "pleased"


def test_agents_see_and_find_the_upset_ones(inbox: Inbox) -> None:
    inbox.write("You are all scammers", email="anna@example.com")
    inbox.write("Do you ship to Norway?", email="tom@example.com")
    client = inbox.market.person()
    assert "Upset" in text_of(client, "/s/lark/inbox/1/")
    found = text_of(client, "/s/lark/inbox/?q=is:upset")
    assert "scammers" in found
    assert "Norway" not in found
