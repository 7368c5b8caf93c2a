"""Who is erased is taken out of other people's texts, and nobody and nothing else with them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.people.mentions import Mentions

GONE = "Erased person"


def without(text: str, *, name: str, addresses: tuple[str, ...] = ()) -> str:
    return Mentions(name=name, addresses=addresses).without(text, GONE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Anna", "joanna@example.com wrote to Anna and Hannah"),
        ("Will", "550 the policy will refuse this; Will you retry? Will do."),
        ("Will Smith", "will smith is not how a name is written here"),
        ("Will Smith", "Goodwill Smithers, Will Smithson and Will Smith-Jones are others"),
        ("Will Smith", "Jean-Will Smith is another, and so is O'Will Smith"),
        ("Anna Rossi", "D'Anna Rossi, Anna Rossini, AnnaRossi, Anna Rossi2, Anna_Anna Rossi_"),
        ("Anna Rossi", "Marco Rossi, Anna Bianchi and Rossi, Anna Maria are others"),
        ("Mark Hope", "Mark, hope is not a plan. Hope Mark is another person."),
        ("Ян Ким", "Марьян Кимов и Северян Ким пишут"),
        ("राम शर्म", "राम शर्मा लिखते हैं"),
        ("علي حسن", "علي حسنين كتب"),
        ("李明", "李明白了这件事"),
        ("", "nobody at all"),
        (" ", "nobody at all"),
    ],
)
def test_what_only_looks_like_the_name_stays(name: str, text: str) -> None:
    assert without(text, name=name) == text


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Zora Quill", "Thank you, Zora Quill.", f"Thank you, {GONE}."),
        (
            "Zora Quill",
            "Zora Quill's mail; 'Zora Quill' (Zora Quill), <b>Zora Quill</b>",
            f"{GONE}'s mail; '{GONE}' ({GONE}), <b>{GONE}</b>",
        ),
        ("Zora Quill", "Zora\n Quill and Zora\u00a0\u00a0Quill", f"{GONE} and {GONE}"),
        ("Zora Quill", 'From: "Quill, Zora" <z@x.example>', f'From: "{GONE}" <z@x.example>'),
        ("Zora Quill", "To: Quill, Zora <z@x.example>", f"To: {GONE} <z@x.example>"),
        ("Zora  Quill ", "by Zora Quill", f"by {GONE}"),
        ("Anne-Marie O'Neil", "Anne-Marie O'Neil’s digest", f"{GONE}’s digest"),
        ("Ana María de la Cruz", "to Ana María de la Cruz", f"to {GONE}"),
        ("Zoë Müller", unicodedata.normalize("NFD", "an Zoë Müller gesandt"), f"an {GONE} gesandt"),
        (unicodedata.normalize("NFD", "Zoë Müller"), "an Zoë Müller", f"an {GONE}"),
        ("Ольга Ким", "Письмо для: Ольга Ким.", f"Письмо для: {GONE}."),
        ("अनीता शर्मा", "धन्यवाद, अनीता शर्मा।", f"धन्यवाद, {GONE}।"),
        ("محمد علي", "شكرا محمد علي.", f"شكرا {GONE}."),
        ("王小明", "已通知王小明先生", f"已通知{GONE}先生"),
        ("王 小明", "已通知王小明先生和王 小明", f"已通知{GONE}先生和{GONE}"),
        ("김민준", "김민준은 읽었습니다", f"{GONE}은 읽었습니다"),
        ("สมชาย ใจดี", "คุณสมชาย ใจดีได้รับแล้ว", f"คุณ{GONE}ได้รับแล้ว"),
        ("A+ (B) \\1", "said A+ (B) \\1!", f"said {GONE}!"),
    ],
)
def test_a_whole_name_goes(name: str, text: str, left: str) -> None:
    assert without(text, name=name) == left


@pytest.mark.parametrize(
    "text",
    [
        "joanna@example.com", "mary.anna@example.com", "mary-anna@example.com", "x+anna@example.com", "anna@example.community",
        "anna@example.com.au", "anna@example.com-old.net", "anna@other.example", "annabel@example.com", "U0ANNAS",
        "XU0ANNA", "u0anna", "Anna wrote this",
    ],
)  # fmt: skip
def test_an_address_of_somebody_else_stays(text: str) -> None:
    assert without(f"550 <{text}>: no such user", name="Anna", addresses=("anna@example.com", "U0ANNA")) == f"550 <{text}>: no such user"


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com", "Anna@Example.COM", "anna+news@example.com", "mailto:anna@example.com", "rfc822;anna@example.com",
        "to=anna%40example.com", "'anna@example.com'", "U0ANNA", "<@U0ANNA>",
    ],
)  # fmt: skip
def test_every_way_to_write_the_address_goes(text: str) -> None:
    left = without(f"550 {text}. Next", name="Anna", addresses=("anna@example.com", "U0ANNA"))
    assert "anna" not in left.casefold()
    assert left.startswith("550 ")
    assert left.endswith(". Next")


def test_a_domain_goes_in_letters_too() -> None:
    assert without("an zoe@müller.example", name="", addresses=("zoe@xn--mller-kva.example",)) == f"an {GONE}"


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_around_a_name_is_lost(before: str, after: str) -> None:
    """Whatever stands before and behind stays as it is, but for the way its accents are put together."""
    before, after = (unicodedata.normalize("NFC", text.replace("Z", "z")) for text in (before, after))
    assert without(f"{before} Zora Quill {after}", name="Zora Quill") == f"{before} {GONE} {after}"
    assert without(f"{before} {after}", name="Zora Quill") == f"{before} {after}"


@pytest.mark.parametrize(
    ("text", "named"), [("As Will says", True), ("we will", False), ("Goodwill", False), ("write to w@x.example", True)]
)
def test_a_text_for_people_to_look_at_may_hold_one_word(text: str, named: bool) -> None:
    assert Mentions(name="Will", addresses=["w@x.example"]).are_in(text) is named


def test_a_field_that_holds_one_name_is_compared_whole() -> None:
    anna = Mentions(name="Anna", addresses=())
    assert anna.is_the_name(" Anna ")
    assert not any(anna.is_the_name(text) for text in ("Anna B", "anna", ""))
    assert not Mentions(name="", addresses=()).is_the_name("")
