"""Letters out of bytes, whatever a mail says of them, or says nothing.

Pure. The declared character set counts, by the names that mail programs use for it; where it is missing, unknown or plainly
wrong it is guessed: scripts of one byte a letter by how often their letters occur, the others by charset-normalizer, which
judges those well and short texts of the former badly (measured on the cases of tests/channels/test_charsets.py).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

#: of a text are looked at to guess
_SAMPLE = 1_000

#: names in mails that Python does not know, or whose superset is what was meant (WHATWG Encoding Standard, section 4.2)
_NAMES = {
    "ascii": "",
    "us-ascii": "",
    "ansi_x3.4-1968": "",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-9": "cp1254",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-6-e": "iso8859_6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "x-x-big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "windows-949": "cp949",
    "koi8-ru": "koi8_u",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
}
#: codecs of Python that are no character sets; idna takes time with the square of the length
_NOT_MEANT = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode-escape", "raw-unicode-escape"))

#: letters of a language, the most frequent first
_LETTERS = (
    (("cp1251", "koi8_u", "iso8859_5", "cp866"), "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"),
    (("cp1251", "koi8_u"), "оанівиертсклдмупябьзгйчхжцюєїшщф’"),
    (("cp1255",), "יוהלאמרתבשנכםדקפעחטגצןזסךףץ"),
    (("cp1256", "iso8859_6"), "اليمونرتبةعدسفهكقحجأشصطخذزضءغىئثإظآؤ؟،"),
    (("cp1253", "iso8859_7"), "αοιετσνηυρπκμλςόίωγάέδθχύήφβώξζψ"),
    (("cp1252",), "éäüöèàçñóíáêßôâåøæãõúîûùëœ’“”–€¿¡"),
    (("cp1250", "iso8859_2"), "ąęłóśżćźńáéíčšžěřýůúďťňőűăâîţşđ’“”„–"),
    (("cp1254",), "ışğüöçâî’“”–"),
)
_VOWELS = frozenset("аеиоуыэюяіїє")
_MANY_BYTES = ("utf_8", "cp932", "gb18030", "big5", "cp949", "euc_jp", "cp874")


def decode(data: bytes, declared: str = "") -> str:
    """Return ``data`` as text; what cannot be read becomes U+FFFD. ``declared``: the name that the mail gives, empty for none."""
    name = codec_of(declared)
    if b"\x1b$" in data and not name.startswith("iso2022"):
        return data.decode("iso2022_jp_ext", "replace")
    if name:
        text = data.decode(name, "replace")
        if "\ufffd" not in text:
            return text
        guessed = _guess(data)
        # one bad byte in a long text says that it was cut or damaged, not that its name is wrong
        return guessed if text.count("\ufffd") * 20 > len(text) and guessed.count("\ufffd") < text.count("\ufffd") else text
    return _guess(data)


@lru_cache(maxsize=256)
def codec_of(declared: str) -> str:
    """Return Python's name of a character set, empty when it is none that can be used as it is."""
    name = re.sub(r"\*[\w-]*$", "", declared.strip(" \t\"'").lower())
    name = _NAMES.get(name.replace("_", "-"), _NAMES.get(name, name))
    if not name or name.replace("-", "_") in _NOT_MEANT or name in _NOT_MEANT:
        return ""
    try:
        found = codecs.lookup(name)
        b"a\0\0\0".decode(found.name, "replace")  # raises for what makes no text of bytes
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if found.name in _NOT_MEANT else found.name


def _guess(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4:  # cut within a letter
            return data.decode("utf-8", "replace")
    return data.decode(_guessed_codec(data[:_SAMPLE]), "replace")


@lru_cache(maxsize=64)
def _guessed_codec(sample: bytes) -> str:
    """Return the codec in which ``sample``, which is no UTF-8, most looks like a language."""
    best, codec = max((_score(sample, codec, letters), codec) for codecs_, letters in _LETTERS for codec in codecs_)
    if best >= 0.35:
        return codec
    japanese = next((name for name in ("euc_jp", "cp932") if _is_japanese(sample.decode(name, "replace"))), "")
    if japanese:
        return japanese
    from charset_normalizer import from_bytes  # a costly import for a rare mail

    found = from_bytes(sample, cp_isolation=list(_MANY_BYTES)).best()
    return found.encoding if found is not None else "cp1252" if best <= 0 else codec


def _score(data: bytes, codec: str, letters: str) -> float:
    """Return how much ``data`` reads like the language of ``letters``: 1 for its commonest letters only, below 0 for nonsense."""
    text = data.decode(codec, "replace")
    total, count, before, vowels = 0.0, 0, " ", 0
    for letter in text:
        vowels = vowels + 1 if letter in _VOWELS else 0
        if not letter.isascii():
            count += 1
            small = letter.lower()
            rank = letters.find(small)
            total += 1 / (1 + rank / 12) if rank >= 0 else -1.0
            if vowels > 2:  # Hebrew reads as such in Cyrillic letters
                total -= 1.0
            if letter != small and before.isalpha():  # a capital within a word, worst after a small letter
                total -= 1.0 if before == before.lower() else 0.5
            if letter > "\u036f" and letter.isalpha() and before.isascii() and before.isalpha():  # two scripts in one word
                total -= 1.0
        before = letter
    return total / count if count else 0.0


def _is_japanese(text: str) -> bool:
    """Whether many of the letters are kana, which the other scripts of two bytes have at the places of rare signs."""
    foreign = [letter for letter in text if not letter.isascii()]
    return 3 * sum("\u3041" <= letter <= "\u30fe" for letter in foreign) > len(foreign)
