"""Bytes to text whatever the mail claims: declared charset, then UTF-8, then Windows-1252.

A newcomer's mistake: `data.decode(charset)`. Charsets are misspelled, missing or lies, and some
names Python knows are no charsets at all (`zip`, `idna`, `unicode_escape`).
"""

import codecs
import re
from functools import lru_cache

from shopbell.kit.text import storable

# What senders mean, where the name says less: browsers read these names the same way.
_MEANT = {
    "ansi_x3.110_1983": "cp1252",
    "ansi_x3_110_1983": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "cp_850": "cp850",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso_8859_1": "cp1252",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "latin1": "cp1252",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "tis_620": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "us_ascii": "cp1252",
    "utf8mb4": "utf_8",
    "windows_31j": "cp932",
    "windows_874": "cp874",
    "x_euc_jp": "euc_jp",
    "x_gbk": "gb18030",
    "x_mac_roman": "mac_roman",
    "x_sjis": "cp932",
    "x_windows_949": "cp949",
}
_FAMILIES = re.compile(
    r"utf|iso|cp\d|koi8|kz1048|gb|big5|euc|shift|johab|mac|tis|hz|ptcp|latin|ascii|ibm|windows",
)
_META = re.compile(
    rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.-]{2,40})", re.I
)
_BOMS = (
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_UNDEFINED = dict.fromkeys(range(0x80, 0xA0), "\ufffd")


def decode(data: bytes, charset: str = "", *, html: bool = False) -> str:
    """Return the text; never raises. `charset` is what the mail declares, "" if nothing."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return storable(data.decode(codec, "replace"))
    declared = codec_named(charset)
    if not declared and html and (found := _META.search(data[:4096])):
        declared = codec_named(found[1].decode("ascii"))
    return storable(_decode(data, declared))


@lru_cache(maxsize=256)
def codec_named(charset: str) -> str:
    """Return the codec for a charset's name, "" if there is none."""
    name = re.sub(r"[^a-z0-9.]+", "_", charset.strip().lower()).strip("_")[:60]
    name = _MEANT.get(name, name)
    if name.startswith("cp_") or not _FAMILIES.match(name):
        return ""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return found.name if found._is_text_encoding else ""


def _decode(data: bytes, declared: str) -> str:
    if data.isascii() and b"\x1b" not in data and declared not in ("utf-7", "utf-16", "hz"):
        return data.decode("ascii")
    trials = [declared] if declared and declared != "cp1252" else []
    if not declared and b"\x1b$" in data:
        trials.append("iso2022_jp_ext")
    for codec in [*trials, "utf-8"]:
        try:
            return data.decode(codec)
        except (UnicodeError, ValueError):
            continue
    return _least_damaged(data, trials)


def _least_damaged(data: bytes, codecs_to_try: list[str]) -> str:
    """A few broken bytes in a long text should not turn all of it into another alphabet."""
    for codec in [*codecs_to_try, "utf-8"]:
        try:
            text = data.decode(codec, "replace")
        except (UnicodeError, ValueError):
            continue
        wide = sum(not character.isascii() for character in text)
        if text.count("\ufffd") * 3 <= wide:
            return text
    return data.decode("cp1252", "replace")
