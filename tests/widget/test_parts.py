"""The browser's side: how large it is, which languages it speaks, what it never does."""

import gzip
import json

import pytest

from shopbell.accounts.models import Store
from shopbell.conversations.chat_words import chat_words
from shopbell.conversations.visitors import chat_inbox
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import token
from shopbell.widget.scripts import MODULES, loader_of, parts
from shopbell.widget.wishes import LANGUAGES
from tests.conversations.ground import add_widget
from tests.support.shop import make_store

pytestmark = pytest.mark.django_db
BEFORE_THE_CLICK, IN_ALL = 6_000, 20_000


def loader(store: Store) -> bytes:
    with store_scope(store.pk):
        return loader_of(store, chat_inbox()).packed


def test_it_is_small_before_the_first_click_and_in_all() -> None:
    store = make_store()
    rules = [f"/page-{number}* 30s open: {token(60)} {token(60)}" for number in range(6)]
    asks = ["name*", "email", "order", "Size of the shoe"]
    add_widget(store, greeting="Hello! " * 70, title="T" * 80, speak_first=rules, ask_before=asks)
    first = len(loader(store))
    rest = sum(len(parts()[name].packed) for name in MODULES)
    words = max(len(parts()[f"{language}.json"].packed) for language in LANGUAGES)
    print(f"loader {first} B, rest {rest} B, words {words} B (gzip)")
    assert first <= BEFORE_THE_CLICK
    assert first + rest + words <= IN_ALL


def test_every_language_says_everything() -> None:
    english = json.loads(parts()["en.json"].text)
    for language in LANGUAGES:
        words = json.loads(parts()[f"{language}.json"].text)
        assert words.keys() == english.keys(), language
        assert all(words.values()), language
        for name, text in english.items():
            for place in ("{email}", "{when}"):
                assert (place in words[name]) == (place in text), (language, name)
        assert chat_words(language).language == language


def test_every_language_has_a_label_for_the_button() -> None:
    labels = gzip.decompress(loader_with_defaults()).decode()
    for language in LANGUAGES:
        assert f'{language}: "' in labels, language


def loader_with_defaults() -> bytes:
    store = make_store()
    add_widget(store)
    return loader(store)


def test_what_people_write_never_becomes_markup() -> None:
    for name in MODULES:
        text = parts()[name].text.decode()
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in text, (name, way)


def test_nobody_else_is_asked() -> None:
    """The only addresses in the code are those of XML names and of what people write."""
    for name in MODULES:
        text = parts()[name].text.decode().replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text.replace(r"https?:\/\/", "")
        assert "http://" not in text


def test_a_merchants_words_cannot_leave_their_string() -> None:
    store = make_store()
    add_widget(store, title='"};alert(1);//</script>', greeting="\u2028 ${1} `")
    text = gzip.decompress(loader(store)).decode()
    line = text.splitlines()[0]
    shop = json.loads(line.removeprefix("const shop = ").removesuffix(";"))
    assert shop["title"] == '"};alert(1);//</script>'
    assert "\u2028" not in line
