"""Mistakes in a file: all of them, where they stand, and what was probably meant."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shopbell.operations.provisioning.apply import apply_file, main
from shopbell.operations.provisioning.reading import Mistakes

type Write = Callable[..., Path]


def mistakes(path: Path) -> list[str]:
    with pytest.raises(Mistakes) as refused:
        apply_file(path)
    return [str(mistake) for mistake in refused.value.mistakes]


def test_an_unknown_key_is_named_with_the_one_that_was_meant(write: Write) -> None:
    found = mistakes(write(("address = ", "adress = "), ("timezone", "time_zone")))

    assert (
        "store[lark].inbox[orders].adress: There is no key `adress`. Did you mean address?" in found
    )
    assert "store[lark].time_zone: There is no key `time_zone`. Did you mean timezone?" in found


def test_a_missing_variable_is_named_with_its_place(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(("port = 2525", 'port = 2525, password = { env = "LARK_SMTP" }'))
    monkeypatch.delenv("LARK_API_KEY")

    assert mistakes(path) == [
        "store[lark].inbox[orders].settings.password: "
        "The environment variable LARK_SMTP is not set.",
        "store[lark].api_key[integration].key: The environment variable LARK_API_KEY is not set.",
    ]


def test_settings_are_checked_by_the_connector(write: Write) -> None:
    found = mistakes(write(("host =", "hots ="), ("2525", '"soon"')))

    assert any(
        line.startswith("store[lark].inbox[orders].settings.hots: There is no key `hots`.")
        and "host" in line
        for line in found
    )
    assert any(line.startswith("store[lark].inbox[orders].settings.port: ") for line in found)


def test_all_kinds_of_wrong_values_are_told_together(write: Write) -> None:
    found = mistakes(
        write(
            ("Europe/Berlin", "Europe/Berlim"),
            ('"EUR"', '"EUX"'),
            ('locale = "en"', 'locale = "klingon!"'),
            ('"smtp"', '"smpt"'),
            ('["*"]', '["orders:reed"]'),
            ("owner@lark.example", "owner at lark"),
        )
    )

    assert found == [
        "store[lark].timezone: There is no time zone `Europe/Berlim`. "
        "Did you mean Europe/Berlin or Europe/Belfast?",
        "store[lark].currency: `EUX` is not a currency. Write EUR or GBP.",
        "store[lark].locale: `klingon!` is not a language. Write en, de or pt-BR.",
        "store[lark].staff[owner at lark].email: This is not an e-mail address.",
        "store[lark].inbox[orders].channel: There is no channel `smpt`. Did you mean smtp?",
        "store[lark].api_key[integration].scopes: There is no scope `orders:reed`."
        " Did you mean orders:read or orders:write?",
    ]


def test_a_role_a_short_key_and_a_repeated_slug_are_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARK_API_KEY", "short")
    found = mistakes(write(('role = "owner"', 'role = "ower"')))
    assert found == [
        "store[lark].staff[owner@lark.example].role: There is no value `ower`. Did you mean owner?",
        "store[lark].api_key[integration].key: It needs 32 characters or more.",
    ]
    repeated = '[[store]]\nslug = "a"\nname = "A"\n' * 2
    assert mistakes(write(text=repeated)) == ["store: a stands there 2 times; once is enough."]


def test_a_weak_password_is_refused(write: Write) -> None:
    found = mistakes(write(('role = "owner"', 'role = "owner"\npassword = "1234567890"')))
    assert found == ["store[lark].staff[owner@lark.example].password: This password is too common."]


@pytest.mark.parametrize(
    ("content", "said"),
    [("[store", "is not TOML"), ("store = 1", "store: "), ("\x00", "is not TOML")],
)
def test_a_broken_file_has_a_sentence(
    write: Write, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(write(text=content)) == 1
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_has_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(tmp_path / "none.toml") == 1
    assert "There is no file" in capsys.readouterr().err
