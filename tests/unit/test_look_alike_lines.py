"""Lines that look like another line, or like the button beside them, and lines of another script than the others."""

from __future__ import annotations

import pytest

from cadence.domain.statements.check_faults import faults
from tests.unit.test_check_faults import FAIR, Lines


@pytest.mark.parametrize(
    ("at", "line", "reason"),
    [
        (1, "We buy \u0430new once we know what the old part taught us.", "reads like"),
        (1, "We buy anew \u03bfnce we kn\u03bfw what the old part taught us.", "reads like"),
        (1, "WE BUY ANEW ONCE WE KNOW WHAT THE \u041eLD PART TAUGHT US!", "reads like"),
        (1, "We\u00a0buy a\u200bnew once we know what the old part taught us.", "reads like"),
        (2, "Мы чиним только для тех, кто не может купить новое.", "not in the script of the right line"),
        (2, "I don't remember.", "for those who do not remember"),
        (0, "I don\u2019t remember", "for those who do not remember"),
        (0, "I do not know", "for those who do not remember"),
        (0, "Weiß ich nicht mehr", "for those who do not remember"),
        (0, "Ich weiß es nicht mehr.", "for those who do not remember"),
    ],
)
def test_a_line_that_looks_like_another_one_or_like_the_button_is_refused_by_a_rule_of_its_own(at: int, line: str, reason: str) -> None:
    title, lines = FAIR["mend"]
    right, *near = (line if n == at else one for n, one in enumerate(lines))
    told = [one for one in faults(right, near, title=title) if reason in one.reason]
    assert [(one.field, one.value) for one in told] == [("right_answer" if at == 0 else "near_misses", line)]


@pytest.mark.parametrize(
    "lines",
    [
        ("新しい物は古い物から学んだ後に買う。", "古い物を使い続ける。", "カウンターでユニットごと取り替える。", "お客様の時だけ渡す。"),
        ("Мы чиним всё, что можно вскрыть.", "Мы чиним лишь то, за что платят.", "Мы меняем весь узел сразу.", "Мы храним старое всегда."),
    ],
)  # fmt: skip
def test_lines_of_one_language_are_of_one_script(lines: Lines) -> None:
    right, *near = lines
    assert [one.reason for one in faults(right, near, title="") if "script" in one.reason or "reads like" in one.reason] == []
