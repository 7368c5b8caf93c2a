"""Advice while writing: on each text of ``advice.toml`` exactly what it says, on exactly the words it says; the rest of the promises."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.statements.advice import Advice, AdviceKind, OpenText, OtherStatement, TextField, TextSpan, advise, marked
from cadence.domain.statements.advice.layout import shown
from cadence.domain.statements.statement import StatementKind, StatementWording
from cadence.errors import CadenceError
from cadence.files.advice_toml import read_word_list
from cadence.files.statement_md import parse_statement
from cadence.operations.authoring.advising import word_lists
from cadence.shipped import shipped_folder

LISTS = word_lists(shipped_folder("messages"))
TEXTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "advice.toml").read_text(encoding="utf-8"))["text"]


def opened(text: dict[str, Any]) -> OpenText:
    return OpenText(
        kind=StatementKind(text["kind"]),
        title=text["title"],
        text=text["text"],
        wordings=tuple(StatementWording(**one) for one in text.get("wordings", ())),
        right_answer=text.get("right_answer", ""),
        near_misses=tuple(text.get("near_misses", ())),
        language=text.get("language", ""),
    )


def advised(text: dict[str, Any]) -> tuple[Advice, ...]:
    known = frozenset(text.get("known", ()))
    lists = {name: replace(words, known=words.known | known) for name, words in LISTS.items()}
    return advise(opened(text), lists, statements=[OtherStatement(**one) for one in text.get("statements", ())])


@pytest.mark.parametrize("text", TEXTS, ids=[text["name"] for text in TEXTS])
def test_a_text_is_advised_on_what_it_needs_and_on_nothing_else(text: dict[str, Any]) -> None:
    found = advised(text)
    if "order" in text:
        assert [one.kind for one in found] == text["order"]
    else:
        assert {str(one.kind): [span.words for span in one.spans] for one in found} == text.get("advice", {})
    for kind, values in text.get("values", {}).items():
        assert next(one.values for one in found if one.kind == kind) == values


def test_the_sample_statements_need_no_advice() -> None:
    folder = shipped_folder("messages") / "statements"
    files = [parse_statement(path.read_bytes(), name="/".join(path.parts[-2:])) for path in sorted(folder.rglob("*.md"))]
    said = {one.slug: OtherStatement(title=one.title, text=one.body) for one in files}
    found = []
    for one in files:
        texts = [StatementWording(name="body", text=one.body), *one.wordings]
        for text in texts:
            typed = OpenText(
                kind=one.kind,
                title=one.title,
                text=text.text,
                wordings=tuple(other for other in texts if other is not text),
                right_answer=one.right_answer,
                near_misses=one.near_misses,
            )
            advice = advise(typed, LISTS, statements=[other for slug, other in said.items() if slug != one.slug])
            found += [(one.slug, text.name, str(each.kind), [span.words for span in each.spans]) for each in advice]
    assert len(files) == 14
    assert found == []


def test_the_words_are_marked_and_numbered_in_what_was_typed() -> None:
    text = "We **leverage** what we have, because synergies\npay. By Q2 we do phase 3."
    found = advise(OpenText(kind=StatementKind.VISION, title="The more the better", text=text), LISTS)
    assert [one.kind for one in found] == [AdviceKind.PLAN, AdviceKind.JARGON]
    pieces = list(marked(text, found))
    assert [(piece.text, piece.number) for piece in pieces if piece.number] == [
        ("leverage", 2),
        ("synergies", 2),
        ("By Q2", 1),
        ("phase 3", 1),
    ]
    assert "".join(piece.text for piece in pieces) == text


def test_words_inside_a_longer_piece_keep_their_number() -> None:
    said = [TextSpan(start=0, end=9, words="0123456ab"), TextSpan(start=3, end=5, words="34"), TextSpan(start=3, end=5, words="34")]
    kinds = (AdviceKind.LONG_SENTENCE, AdviceKind.JARGON, AdviceKind.ACRONYM)
    found = [Advice(kind=kind, spans=(span,)) for kind, span in zip(kinds, said, strict=True)]
    assert [(piece.text, piece.number) for piece in marked("0123456abc", found)] == [("012", 1), ("34", 2), ("56ab", 1), ("c", 0)]


def test_dismissed_advice_stays_away_until_it_is_about_other_words() -> None:
    text = OpenText(kind=StatementKind.STRATEGY, title="The way", text="We leverage the mill, because the river is there.")
    (jargon,) = advise(text, LISTS)
    assert advise(text, LISTS, dismissed={jargon.key}) == ()
    moved = replace(text, text="For that, we leverage the mill, because the river is there.")
    assert advise(moved, LISTS, dismissed={jargon.key}) == ()
    other = replace(text, text="We streamline the mill, because the river is there.")
    assert [one.kind for one in advise(other, LISTS, dismissed={jargon.key})] == [AdviceKind.JARGON]


def test_a_short_text_is_judged_in_the_language_it_is_said_to_be_in() -> None:
    text = OpenText(kind=StatementKind.STRATEGY, title="Mehrwert", text="Mehrwert heben!")
    assert [bool(advise(replace(text, language=language), LISTS)) for language in ("de", "de-AT", "en", "", "fr")] == [
        True,
        True,
        False,
        False,
        False,
    ]


PIECES = [
    "# ",
    "- ",
    "> ",
    "**",
    "_",
    "`",
    "```\n",
    "![",
    "](",
    ")",
    "[x]: http://a.b\n",
    "|",
    "|--|--|",
    "\n",
    " ",
    "Q2",
    "phase 3",
    "NPS",
    "by May",
    "ß",
    "é",
    ".",
    "best-in-class",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=40).map("".join), st.sampled_from(list(StatementKind)))
def test_whatever_is_typed_the_matched_words_stand_where_they_are_said_to(text: str, kind: StatementKind) -> None:
    assert len(shown(text)) == len(text)
    found = advise(OpenText(kind=kind, title="The title of it", text=text, language="en"), LISTS)
    assert len(found) <= 5
    for one in found:
        assert one.spans
        assert all(span.words and text[span.start : span.end] == span.words for span in one.spans if span.field is TextField.TEXT)
    assert "".join(piece.text for piece in marked(text, found)) == text


def test_a_company_adds_words_and_says_what_everybody_knows(tmp_path: Path) -> None:
    (tmp_path / "advice").mkdir()
    (tmp_path / "advice" / "en.toml").write_text('jargon = ["ringfenc*"]\nknown = ["Leverage"]\n', encoding="utf-8")
    text = OpenText(
        kind=StatementKind.STRATEGY, title="The way", text="We leverage the mill and ringfence the river, because the fish are there."
    )
    assert [[span.words for span in one.spans] for one in advise(text, word_lists(tmp_path))] == [["ringfence"]]
    assert [[span.words for span in one.spans] for one in advise(text, LISTS)] == [["leverage"]]


def test_every_fault_of_a_word_list_is_told_at_once() -> None:
    raw = b'jargon = ["a", "a"]\nplan = ["#"]\nempty = 3\nhype = ["x"]\n'
    with pytest.raises(CadenceError) as refused:
        read_word_list([("advice/en.toml", raw)])
    told = str(refused.value)
    for part in ("jargon", "names something twice", "plan", "holds no letter", "empty", "hype"):
        assert part in told
