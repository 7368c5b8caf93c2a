"""What somebody wrote is readable in every character set that mails use, declared, misdeclared or not declared."""

from __future__ import annotations

import pytest

from cadence.channels.email.charsets import codec_of, decode

TEXTS = {
    "he": ("cp1255", "שלום, למה אנחנו עושים את זה? תודה"),
    "ru": ("cp1251", "Почему мы это делаем?"),
    "ru, KOI8": ("koi8_r", "Почему мы это делаем?"),
    "uk": ("koi8_u", "Чому ми це робимо? Дякую, що питаєте"),
    "bg": ("cp1251", "Защо го правим така? Благодаря"),
    "ar": ("cp1256", "لماذا نفعل هذا؟ شكرا"),
    "el": ("iso8859_7", "Γιατί το κάνουμε αυτό; Ευχαριστώ"),
    "tr": ("iso8859_9", "Bunu neden yapıyoruz? Teşekkürler, şimdi"),
    "pl": ("cp1250", "Dlaczego tak robimy? Dziękuję, że pytacie"),
    "cs": ("iso8859_2", "Proč to tak děláme? Děkuji"),
    "de": ("cp1252", "Warum können wir das nicht früher klären? Grüße"),
    "fr": ("cp1252", "Pourquoi ne l’a-t-on pas décidé à l’été ?"),
    "ja": ("cp932", "なぜこれをするのですか。教えてください。"),
    "ja, JIS": ("iso2022_jp", "なぜこれをするのですか。"),
    "ja, EUC": ("euc_jp", "なぜこれをするのですか。教えてください。"),
    "zh": ("gb18030", "我们为什么要这样做？谢谢"),
    "zh-hant": ("big5", "我們為什麼要這樣做？謝謝"),
    "ko": ("cp949", "왜 이렇게 하나요? 감사합니다"),
    "th": ("cp874", "ทำไมเราทำแบบนี้ ขอบคุณ"),
}


@pytest.mark.parametrize(("codec", "text"), TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("declared", ["unknown-8bit", "", "x-unknown", "us-ascii", "no-such-name", "utf-8"])
def test_a_text_without_a_right_name_is_guessed(codec: str, text: str, declared: str) -> None:
    assert decode(text.encode(codec), declared) == text


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("windows-1255", "cp1255", "שלום"),
        ("iso-8859-8-i", "iso8859_8", "שלום"),
        ("ISO-8859-8-E", "iso8859_8", "שלום"),
        ("iso-2022-jp", "iso2022_jp", "なぜ"),
        ("gb18030", "gb18030", "为什么"),
        ("GB2312", "gbk", "為什么"),
        ("koi8-r", "koi8_r", "Почему"),
        ("koi8-ru", "koi8_u", "Чому є"),
        ("x-sjis", "cp932", "①なぜ"),
        ("ks_c_5601-1987", "cp949", "왜 뷁"),
        ("iso-8859-1", "cp1252", "“why” – 5 €"),
        ('"utf-8"', "utf-8", "Grüße"),
        ("utf-8*en", "utf-8", "Grüße"),
        ("windows-874", "cp874", "ทำไม"),
        ("utf-7", "utf-7", "Grüße"),
        ("utf-16le", "utf-16-le", "Grüße"),
        ("macintosh", "mac_roman", "Grüße"),
    ],
)
def test_a_declared_name_counts_as_mail_programs_mean_it(declared: str, codec: str, text: str) -> None:
    assert decode(text.encode(codec), declared) == text


@pytest.mark.parametrize(
    "name", ["idna", "punycode", "unicode_escape", "raw-unicode-escape", "undefined", "rot13", "zlib", "base64", "x" * 300, "\x00"]
)
def test_what_is_no_character_set_is_not_used(name: str) -> None:
    assert codec_of(name) == ""
    assert decode(b"a\\u0041" * 1000, name) == "a\\u0041" * 1000


def test_a_damaged_byte_costs_one_letter() -> None:
    assert decode(("Grüße " * 50).encode()[:-3] + b"\xff", "utf-8").count("\ufffd") <= 2
    assert decode("Grüße".encode()[:-2], "") == "Gr\ufffd" or decode("Grüße".encode()[:4], "") == "Grü"


def test_any_bytes_are_read_in_a_moment() -> None:
    for data in (bytes(range(256)) * 800, b"\xff" * 200_000, b"\x1b$B!!" * 40_000, b"\xe3\x81" * 100_000):
        for declared in ("", "utf-8", "iso-2022-jp", "big5"):
            assert decode(data, declared)
