"""Statement files: what is read, what a text may be, and the sample company we ship."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.statements.check_faults import doubts
from cadence.domain.statements.statement import BRIEF_WORDS, StatementFile, StatementKind, VisibleTo, cycle_in, digest_of
from cadence.files.markdown import shown
from cadence.files.statement_md import line_of, parse_statement
from cadence.files.toml_tables import InvalidFile

SAMPLES = Path(__file__).parents[2] / "messages" / "statements"

FULL = """\
+++
slug = "mend-first"
kind = "scoreboard"
title = "Mend first"
audience = "crews"
visible_to = "audience"
must_acknowledge = true
effective = 2026-09-01
supports = ["a-long-life"]
material = false
brief = "Mend first, then buy."
right_answer = "What opens is put right on the bench."
near_misses = ["What breaks is sold for its parts.", "What is old goes back to the maker.", "What fails is kept until the spring."]

[[measures]]
name = "Mended"
unit = "in 100"
baseline = 61
target = 80.5
values = [
  { on = 2026-10-31, value = 70 },
  { on = 2026-09-30, value = 66 },
]
+++

We mend what we can.

Then we buy.

## Wording: Story

A pump in Kaski.

## Wording: question

What could you mend today?
"""


def parse(text: str, name: str = "values/mend-first.md") -> StatementFile:
    return parse_statement(text.encode(), name=name)


def simple(body: str = "We mend.", front: str = 'title = "Mend"') -> str:
    return f"+++\n{front}\n+++\n{body}\n"


def refusals(text: str, name: str = "values/mend-first.md") -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        parse(text, name)
    return [str(problem) for problem in caught.value.problems]


def test_every_key_of_a_full_file_is_read() -> None:
    statement = parse(FULL)
    assert (statement.slug, statement.kind, statement.title, statement.audience) == ("mend-first", "scoreboard", "Mend first", "crews")
    assert statement.must_acknowledge
    assert statement.material is False
    assert statement.effective_on == date(2026, 9, 1)
    assert statement.supports == ("a-long-life",)
    assert (statement.brief, statement.right_answer) == ("Mend first, then buy.", "What opens is put right on the bench.")
    assert statement.near_misses[1:] == ("What is old goes back to the maker.", "What fails is kept until the spring.")
    assert statement.body == "We mend what we can.\n\nThen we buy."
    assert [(w.name, w.text) for w in statement.wordings] == [("story", "A pump in Kaski."), ("question", "What could you mend today?")]
    (measure,) = statement.measures
    assert (measure.name, measure.unit, measure.baseline, measure.target) == ("Mended", "in 100", 61.0, 80.5)
    assert measure.values == ((date(2026, 9, 30), 66.0), (date(2026, 10, 31), 70.0))


@pytest.mark.parametrize("odd", ["\u00a0", "\u202f", "\u200b ", " \ufeff", "\u2060 ", "\u3000"])
def test_spaces_of_every_kind_in_a_line_are_plain_ones_and_what_shows_nothing_goes(odd: str) -> None:
    """As word processors leave them: refused, nobody would find the character."""
    statement = parse(FULL.replace("put right", f"put{odd}right").replace("sold for", f"sold{odd}for"))
    assert statement.right_answer == "What opens is put right on the bench."
    assert statement.near_misses[0] == "What breaks is sold for its parts."


def test_slug_and_kind_come_from_the_path_when_the_file_does_not_say() -> None:
    statement = parse(simple(), "strategies/one-gauge.md")
    assert (statement.slug, statement.kind) == ("one-gauge", StatementKind.STRATEGY)
    assert statement.material is None
    assert (statement.audience, statement.visible_to) == ("everyone", VisibleTo.EVERYONE)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("purposes", "purpose"),
        ("value", "value"),
        ("visions", "vision"),
        ("strategys", "strategy"),
        ("priorities", "priority"),
        ("scoreboards", "scoreboard"),
    ],
)
def test_each_folder_tells_its_kind(folder: str, kind: str) -> None:
    assert parse(simple(), f"{folder}/x.md").kind == kind


def test_the_body_is_the_only_wording_of_a_file_without_sections() -> None:
    statement = parse(simple("We mend."))
    assert [(w.name, w.text) for w in statement.wordings] == [("plain", "We mend.")]


def test_a_wording_heading_inside_a_code_fence_is_text() -> None:
    assert len(parse(simple("Text\n\n```\n## Wording: no\n```")).wordings) == 1


def test_windows_line_ends_and_decomposed_letters_make_the_same_text() -> None:
    composed = parse(simple("Ein schönes\nCafé."))
    other = parse(simple("Ein scho\u0308nes\nCafe\u0301.").replace("\n", "\r\n"))
    assert other.body == composed.body
    assert digest_of(other) == digest_of(composed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_utf8_or_utf16_with_its_mark(encoding: str) -> None:
    assert parse_statement(simple("Größe.").encode(encoding), name="values/x.md").body == "Größe."


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (FULL.replace("Mend first", "Mend always"), False),
        (FULL.replace("Then we buy.", "Then we borrow."), False),
        (FULL.replace("A pump in Kaski.", "A pump in Porto."), False),
        (FULL.replace("Wording: Story", "Wording: tale"), False),
        (FULL.replace("must_acknowledge = true", "must_acknowledge = false"), True),
        (FULL.replace('visible_to = "audience"', 'visible_to = "everyone"'), True),
        (FULL.replace("value = 70", "value = 71"), True),
        (FULL.replace("Never buy", "Do not buy"), True),
    ],
)
def test_the_digest_covers_title_body_and_wordings_only(changed: str, same: bool) -> None:
    assert (digest_of(parse(FULL)) == digest_of(parse(changed))) is same


@pytest.mark.parametrize(
    ("front", "line", "words"),
    [
        ('titel = "Mend"', 2, ("titel", "did you mean title?")),
        ('title = "Mend"\naudiance = "x"', 3, ("audiance", "did you mean audience?")),
        ('title = "Mend"\nkind = "vlaue"', 3, ("kind", "'vlaue'", "is one of: purpose")),
        ('title = "Mend"\nvisible_to = "board"', 3, ("visible_to", "'board'", "is one of: everyone, audience", 'visible_to = "audience"')),
        ('title = "Mend"\nvisible_to = true', 3, ("visible_to", "True", "is one of: everyone, audience")),
        ('title = "Mend"\nvisible_to = ["audience"]', 3, ("visible_to", "is one of: everyone, audience")),
        ('title = "Mend"\nmust_acknowledge = "yes"', 3, ("must_acknowledge", "'yes'", "true or false")),
        ('title = "Mend"\nmust_acknowledge = yes', 3, ("must_acknowledge", "true and false")),
        ('title = "Mend"\neffective = "soon"', 3, ("effective", "'soon'", "not a date")),
        ('title = "Mend"\nsupports = "x"', 3, ("supports", "'x'", "list of words")),
        ('title = "Mend"\nsupports = ["mend-first"]', 3, ("supports", "this statement itself")),
        ('title = "Mend"\nsupports = ["No Slug"]', 3, ("supports", "'No Slug'")),
        ('title = "Mend"\ntitle = "Again"', 3, ("title", "given twice")),
        ('title = "Mend"\nslug = "Mend First"', 3, ("slug", "'Mend First'")),
        ('title = ""', 2, ("title", "is empty")),
        ("title = 7", 2, ("title", "7", "text in quotes")),
        (f'title = "{"x" * 30} {"y" * 95}"', 2, ("title", "at most 120")),
        ('title = "Mend"\nnear_misses = ["a", ""]', 3, ("near_misses", "is empty")),
        ('title = "Mend"\n\n[[measures]]\nname = "M"\nbaseline = 1\ntarget = 2', 4, ("measures", "belong to a scoreboard")),
    ],
)
def test_a_wrong_front_matter_names_key_value_and_line(front: str, line: int, words: tuple[str, ...]) -> None:
    told = refusals(simple(front=front))
    assert any(all(word in text for word in words) and f"values/mend-first.md, line {line}" in text for text in told), told


def test_all_faults_of_a_file_are_told_at_once() -> None:
    assert len(refusals(simple(front="title = 7\nkind = 'x'\nsupports = 3"))) == 3


@pytest.mark.parametrize(
    ("measure", "line", "word"),
    [
        ('nmae = "M"\nbaseline = 1\ntarget = 2', 5, "measures[1].nmae"),
        ('name = "M"\ntarget = 2', 4, "measures[1].baseline"),
        ('name = "M"\nbaseline = "1"\ntarget = 2', 6, "measures[1].baseline"),
        ('name = "M"\nbaseline = nan\ntarget = 2', 6, "measures[1].baseline"),
        ('name = "M"\nbaseline = 1\ntarget = 2\nvalues = [{ on = 2026-13-01, value = 1 }]', 8, "is not TOML"),
        ('name = "M"\nbaseline = 1\ntarget = 2\nvalues = [\n{ on = 2026-10-01 }]', 8, "measures[1].values[1].value"),
        (
            'name = "M"\nbaseline = 1\ntarget = 2\nvalues = [{ on = 2026-10-01, value = 1 }, { on = 2026-10-01, value = 2 }]',
            8,
            "there twice",
        ),
        ('name = "M"\nbaseline = 1\ntarget = 2\n[[measures]]\nname = "M"\nbaseline = 1\ntarget = 2', 9, "appears twice"),
    ],
)
def test_a_wrong_measure_names_key_and_line(measure: str, line: int, word: str) -> None:
    told = refusals(simple(front=f'kind = "scoreboard"\ntitle = "M"\n[[measures]]\n{measure}'), "scoreboards/m.md")
    assert any(word in text and f", line {line}: " in text for text in told), told


def test_a_file_without_a_kind_in_a_folder_that_tells_none_is_refused() -> None:
    assert "kind" in refusals(simple(), "loose.md")[0]


def test_a_file_name_that_is_no_slug_needs_a_slug() -> None:
    assert any("slug" in text for text in refusals(simple(), "values/Mend First.md"))
    assert parse(simple(front='title = "M"\nslug = "mend"'), "values/Mend First.md").slug == "mend"


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("Body.\n\n## Wording: story\n\n## Wording: plain\n\nText.", 6, ("wording story", "is empty")),
        ("Body.\n\n## Wording: story\nA\n\n## Wording: Story\nB", 9, ("wording", "twice")),
        ("Body.\n\n## Wording:\nA", 6, ("wording", "letters, digits")),
        ("## Wording: story\nA", 4, ("body", "is empty")),
    ],
)
def test_a_wrong_wording_names_its_line(body: str, line: int, words: tuple[str, ...]) -> None:
    told = refusals(simple(body))
    assert any(all(word in text for word in words) and f", line {line}: " in text for text in told), told


def test_line_of_is_none_for_a_fault_of_the_whole_file() -> None:
    with pytest.raises(InvalidFile) as caught:
        parse("")
    assert line_of(caught.value.problems[0]) is None


@pytest.mark.parametrize(
    ("graph", "circle"),
    [
        ({"a": ("b",), "b": ("c",), "c": ()}, None),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, None),
        ({"a": ("b",), "b": ("a",)}, {"a", "b"}),
        ({"x": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}, {"a", "b", "c"}),
        ({"a": ("gone",)}, None),
    ],
)
def test_a_circle_of_supports_is_found(graph: dict[str, tuple[str, ...]], circle: set[str] | None) -> None:
    found = cycle_in(graph)
    assert (set(found) if found else None) == circle


@given(st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=3).map(tuple), max_size=7))
def test_what_is_called_a_circle_is_one_and_none_is_missed(graph: dict[str, tuple[str, ...]]) -> None:
    found = cycle_in(graph)
    if found:
        assert all(after in graph[before] for before, after in zip(found, (*found[1:], found[0]), strict=True))
        return
    left = dict(graph)
    while True:
        ends = [slug for slug, serves in left.items() if not any(s in left for s in serves)]
        if not ends:
            break
        for slug in ends:
            del left[slug]
    assert not left


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for content in (raw, b"+++\ntitle = 'x'\n+++\n" + raw, b"+++\n" + raw + b"\n+++\nBody"):
        with suppress(InvalidFile):
            parse_statement(content, name="values/x.md")


def test_a_poor_question_is_told_beside_the_other_faults() -> None:
    found = refusals(simple(front='titel = "Mend"\nright_answer = "What opens is put right."\nnear_misses = ["Sell it."]'))
    assert [fault.split(": ")[1].split(" ")[0].rstrip(":") for fault in found][:2] == ["titel", "title"]
    assert any("are fewer than 3" in fault for fault in found)


def test_the_file_in_the_documentation_is_right() -> None:
    text = (SAMPLES.parents[1] / "docs" / "statements.md").read_text(encoding="utf-8")
    example = text.split("```")[1].lstrip()
    assert [w.name for w in parse(example).wordings] == ["story", "question"]


def samples() -> list[StatementFile]:
    return [parse_statement(path.read_bytes(), name=path.relative_to(SAMPLES).as_posix()) for path in sorted(SAMPLES.rglob("*.md"))]


def test_the_sample_company_has_all_kinds() -> None:
    counted = {kind: sum(one.kind == kind for one in samples()) for kind in StatementKind}
    assert counted == {"purpose": 1, "value": 4, "vision": 1, "strategy": 2, "priority": 4, "scoreboard": 2}


def test_each_sample_has_wordings_of_reading_length_and_near_misses() -> None:
    for one in samples():
        assert len(one.wordings) >= 3, one.slug
        assert all(40 <= len(wording.text.split()) <= 110 for wording in one.wordings), one.slug
        assert len(one.near_misses) == 3, one.slug
        texts = [shown(text) for text in (one.body, *(wording.text for wording in one.wordings))]
        assert doubts(one.right_answer, one.near_misses, texts=texts) == [], one.slug
        assert 8 <= len(one.brief.split()) <= BRIEF_WORDS, one.slug
        assert len({wording.text for wording in one.wordings} | {one.body}) == len(one.wordings) + 1


def test_samples_support_each_other_without_a_circle() -> None:
    graph = {one.slug: one.supports for one in samples()}
    assert cycle_in(graph) is None
    assert {slug for serves in graph.values() for slug in serves} <= graph.keys()
    assert all(one.supports for one in samples() if one.kind != "purpose")


def test_two_or_three_samples_ask_for_an_acknowledgement() -> None:
    assert 2 <= sum(one.must_acknowledge for one in samples()) <= 3


def test_sample_scoreboards_have_dated_values_up_to_this_november() -> None:
    measures = [m for one in samples() for m in one.measures]
    assert len(measures) == 8
    assert max(on for m in measures for on, _ in m.values) == date(2026, 11, 15)
