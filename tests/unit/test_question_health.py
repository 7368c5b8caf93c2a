"""A question is judged from 20 answers on, and no share is told."""

from __future__ import annotations

import pytest

from cadence.domain.measuring.question_health import Ailment, LineCounts, judge_question


def counts(right: int, *wrong: int, forgot: int = 0, too_often: int = 0, people: int | None = None) -> LineCounts:
    """Return counts where each answer is another person's, unless ``people`` says how many there were."""
    by_line = {0: right, **{n + 1: k for n, k in enumerate(wrong) if k}, **({-1: forgot} if forgot else {})}
    total = sum(by_line.values())
    each = by_line if people is None else dict.fromkeys(by_line, min(people, total))
    return LineCounts(answers=by_line, people=each, answered_by=people or total, too_often=too_often)


@pytest.mark.parametrize(
    ("counted", "ailments", "misread"),
    [
        (counts(12, 3, 3, 2), [], None),
        (counts(19, 1, 0, 0), ["too_easy"], None),
        (counts(18, 1, 1, 0), [], None),
        (counts(37, 2, 1, 0), [], None),
        (counts(38, 1, 1, 0), ["too_easy"], None),
        (counts(5, 5, 5, 5), ["too_hard"], None),
        (counts(6, 5, 5, 5), ["too_hard"], None),
        (counts(8, 4, 4, 4), [], None),
        (counts(0, 0, 0, 0, forgot=20), ["too_hard", "disliked"], None),
        (counts(8, 2, 1, 1, forgot=8), ["disliked"], None),
        (counts(9, 2, 1, 1, forgot=7), [], None),
        (counts(12, 3, 3, 2, too_often=5), ["disliked"], None),
        (counts(12, 3, 3, 2, too_often=3), [], None),
        (counts(30, 10, 5, 5), ["misread"], 1),
        (counts(30, 9, 5, 5), [], None),
        (counts(60, 5, 10, 5), [], None),
        (counts(30, 3, 12, 5), ["misread"], 2),
        (counts(42, 38, 8, 5), ["misread"], 1),
        (counts(12, 10, 1, 1, people=4), None, None),
        (counts(10, 3, 3, 3), None, None),
        (counts(0), None, None),
    ],
    ids=range(21),
)
def test_what_makes_a_question_poor(counted: LineCounts, ailments: list[str] | None, misread: int | None) -> None:
    judged = judge_question(counted)

    if ailments is None:
        assert judged is None
        return
    assert judged is not None
    assert [ailment.value for ailment in judged.ailments] == ailments
    assert judged.misread == misread
    assert judged.answers == counted.total


def test_a_line_chosen_often_by_a_few_is_not_told() -> None:
    few = LineCounts(answers={0: 20, 1: 12}, people={0: 20, 1: 4}, answered_by=24)

    judged = judge_question(few)

    assert judged is not None
    assert judged.misread is None
    assert Ailment.MISREAD not in judged.ailments


def test_a_larger_smallest_group_is_kept() -> None:
    assert judge_question(counts(12, 3, 3, 2, people=9), smallest=10) is None
    assert judge_question(counts(12, 3, 3, 2, people=9), smallest=5) is not None
