"""Lines of a question: never two alike, the right one in every place equally often, the same for ever for one message."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.statements.checks import FORGOT, LINES, OLD_LINES, ask, check_key, is_choice, line_of, pool

TEXTS = st.text(min_size=0, max_size=30)


def _read(line: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in line).split()).casefold()


@given(TEXTS, st.lists(TEXTS, max_size=10), st.text(max_size=40))
def test_question_holds_the_right_line_once_and_no_two_alike(right: str, near: list[str], key: str) -> None:
    found = pool(right, near)
    if found is None:
        return
    question = ask(7, found.right, found.distractors, key=key, lines=found.lines)

    assert question.options[question.right] == right
    assert question.options.count(right) == 1
    assert len(question.options) == LINES
    assert set(question.options) <= {right, *near}
    assert len({_read(option) for option in question.options if option.isascii()}) == sum(option.isascii() for option in question.options)
    assert ask(7, found.right, found.distractors, key=key, lines=found.lines) == question


def test_of_more_than_three_near_misses_each_is_shown_about_as_often() -> None:
    near = [f"wrong {n}" for n in range(6)]
    found = pool("right", near)
    assert found is not None

    shown = Counter(
        line for check in range(1, 40) for n in range(60) for line in ask(check, "right", near, key=f"{n:024x}", lines=LINES).options
    )

    assert shown.pop("right") == 39 * 60
    assert set(shown) == set(near)
    assert max(shown.values()) / min(shown.values()) < 1.25


@pytest.mark.parametrize("near", [3, 4, 10])
def test_right_line_stands_in_each_place_equally_often(near: int) -> None:
    distractors = [f"wrong {n}" for n in range(near)]

    places = Counter(
        ask(check, "right", distractors, key=check_key(f"{n:024x}", 5), lines=LINES).right for n in range(600) for check in range(1, 6)
    )

    assert set(places) == set(range(LINES))
    assert max(places.values()) / min(places.values()) < 1.25


def test_messages_differ_and_a_copy_asks_the_same() -> None:
    distractors = [f"wrong {n}" for n in range(4)]
    asked = [ask(1, "right", distractors, key=check_key(f"{n:024x}", 5), lines=LINES) for n in range(60)]

    assert len({question.options for question in asked}) >= 10
    assert asked == [ask(1, "right", tuple(distractors), key=check_key(f"{n:024x}", 5), lines=LINES) for n in range(60)]
    # written out: other processes, machines and versions of Python must show what was shown
    assert asked[0].options == ("wrong 3", "wrong 2", "wrong 0", "right")


def test_messages_of_old_pools_go_on_asking_what_they_asked() -> None:
    distractors = [f"wrong {n}" for n in range(9)]
    asked = [ask(1, "right", distractors, key=check_key(f"{n:024x}", 5), lines=OLD_LINES) for n in range(60)]

    assert asked[0].options == ("wrong 5", "right", "wrong 3", "wrong 2", "wrong 0", "wrong 1")
    assert all(len(question.options) == OLD_LINES and set(distractors[:3]) <= set(question.options) for question in asked)
    assert len(ask(1, "right", distractors[:2], key="k", lines=OLD_LINES).options) == 3


def test_a_choice_is_kept_as_the_line_behind_it() -> None:
    distractors = [f"wrong {n}" for n in range(5)]
    for n in range(30):
        question = ask(3, "right", distractors, key=str(n), lines=LINES)
        told = [line_of(question, distractors, choice) for choice in range(LINES)]
        assert told == [("right", *distractors).index(option) for option in question.options]
        assert told[question.right] == 0
        assert line_of(question, distractors, FORGOT) == FORGOT
        assert [choice for choice in range(-3, 8) if is_choice(question, choice)] == [-1, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("right", "near"),
    [
        ("We mend first.", []),
        ("We mend first.", ["wrong", "false"]),
        ("We mend first.", ["We mend FIRST!", "false", "odd"]),
        ("We mend first.", ["wrong", "Wrong.", "ｗｒｏｎｇ", "false"]),
        ("We mend first.", ["", "…", "wrong", "false"]),
        ("", ["wrong", "false", "odd"]),
        ("…", ["wrong", "false", "odd"]),
    ],
    ids=range(7),
)
def test_too_few_lines_make_no_question(right: str, near: list[str]) -> None:
    assert pool(right, near) is None


def test_equal_pools_have_one_digest_and_others_another() -> None:
    first = pool("a", ["b", "c", "d"])

    assert first is not None
    assert first == pool("a", ["b", "c", "B!", "d"])
    assert len({found.digest for near in ("bcd", "bdc", "bcde", "bcD") if (found := pool("a", near)) is not None}) == 4
