"""Options of a check: never two alike, the right line in every place equally often, the same for ever for one message."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.statements.checks import (
    ALWAYS,
    LONGEST_LINE,
    MOST_DISTRACTORS,
    MOST_OPTIONS,
    ask,
    check_key,
    pool,
    statement_line,
)

LINES = st.text(min_size=0, max_size=30)


def _read(line: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in line).split()).casefold()


@given(LINES, st.lists(LINES, max_size=6), st.lists(LINES, max_size=25), st.text(max_size=40))
def test_question_holds_the_right_line_once_and_no_two_alike(right: str, near: list[str], others: list[str], key: str) -> None:
    found = pool(right, near, others)
    if found is None:
        return
    question = ask(7, found.right, found.distractors, key=key)

    assert question.options[question.right] == right
    assert question.options.count(right) == 1
    assert 3 <= len(question.options) <= MOST_OPTIONS
    assert len(question.options) == min(MOST_OPTIONS, 1 + len(found.distractors))
    assert set(question.options) <= {right, *near, *others}
    assert len({_read(option) for option in question.options if option.isascii()}) == sum(option.isascii() for option in question.options)
    assert ask(7, found.right, found.distractors, key=key) == question


def test_near_misses_are_always_among_the_options() -> None:
    found = pool("Mend first.", ["Buy new.", "Throw it away.", "Ask first."], [f"Another line {n}" for n in range(30)])
    assert found is not None
    assert len(found.distractors) == MOST_DISTRACTORS

    questions = {ask(1, found.right, found.distractors, key=f"{n}") for n in range(300)}

    assert all(set(found.distractors[:ALWAYS]) <= set(q.options) for q in questions)
    assert len({line for q in questions for line in q.options}) > 10


@pytest.mark.parametrize("options", [3, 4, 5, 6])
def test_right_line_stands_in_each_place_equally_often(options: int) -> None:
    distractors = [f"wrong {n}" for n in range(options - 1)]

    places = Counter(ask(check, "right", distractors, key=check_key(f"{n:024x}", 5)).right for n in range(600) for check in range(1, 6))

    assert set(places) == set(range(options))
    assert max(places.values()) / min(places.values()) < 1.25


def test_messages_differ_and_a_copy_asks_the_same() -> None:
    distractors = [f"wrong {n}" for n in range(9)]
    asked = [ask(1, "right", distractors, key=check_key(f"{n:024x}", 5)) for n in range(60)]

    assert len({question.options for question in asked}) >= 10
    assert asked == [ask(1, "right", tuple(distractors), key=check_key(f"{n:024x}", 5)) for n in range(60)]
    # written out: other processes, machines and versions of Python must show what was shown
    assert asked[0].options == ("wrong 5", "right", "wrong 3", "wrong 2", "wrong 0", "wrong 1")


@pytest.mark.parametrize(
    ("near", "others"),
    [([], []), (["wrong"], []), (["We mend FIRST!"], ["we   mend first"]), (["", "…"], ["wrong", "Wrong."]), (["wrong"], ["ｗｒｏｎｇ"])],
    ids=range(5),
)
def test_too_few_lines_make_no_check(near: list[str], others: list[str]) -> None:
    assert pool("We mend first.", near, others) is None


def test_equal_pools_have_one_digest_and_others_another() -> None:
    first, again = pool("a", ["b"], ["c", "d"]), pool("a", ["b"], ["c", "D", "d"])
    other = pool("a", ["b"], ["d", "c"])

    assert first is not None
    assert again is not None
    assert other is not None
    assert first.digest != again.digest
    assert first.digest != other.digest
    assert first == pool("a", ["b"], ["c", "d"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("We mend first. Then we buy.", "We mend first."),
        ("We mend what can be mended. Then we buy.", "We mend what can be mended."),
        ("Why? We mend what can be mended, e.g. pumps. More.", "We mend what can be mended, e.g. pumps."),
        ('"We mend what can be mended." So says Ann Lee to all.', '"We mend what can be mended."'),
        ("It costs 3.5 million a year to mend everything. We pay.", "It costs 3.5 million a year to mend everything."),
        ("我们先修理再购买新的设备。我们不浪费任何东西。", "我们先修理再购买新的设备。"),
        ("x" * 300 + ". We mend what can be mended.", "We mend what can be mended."),
        ("Short.", "The title"),
        ("", "The title"),
    ],
    ids=range(9),
)
def test_line_of_a_statement_is_its_first_fitting_sentence(text: str, line: str) -> None:
    found = statement_line(text, title="The title")

    assert found == line
    assert len(found) <= LONGEST_LINE
