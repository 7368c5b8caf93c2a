"""The page on how Cadence decides says what the program computes."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from cadence.domain.memory import attention
from cadence.domain.memory import model as memory
from cadence.domain.memory.forgetting import W
from cadence.domain.planning.limits import FLOOR, LATER_TARGET_AWARENESS, Limits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-cadence-decides.md"


def test_the_worked_example_computes_what_it_shows() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)

    assert found.attempted >= 8
    assert found.failed == 0


def test_the_table_of_the_example_is_that_of_its_code() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert "| 12 | before the check | 0.575 | 3.4 | 0.485 |" in text
    assert "A = 0.575, S = 3.4, before the check 0.485" in text
    assert "| 12 | right, one of four | 0.957 | 15.1 | 0.957 |" in text
    assert "A = 0.957, S = 15.1, after it 0.957" in text


def test_chances_of_a_silent_message_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (0\.\d\d) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(rows) >= 6
    responses, silences, told = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))

    assert attention.attention(responses, silences).seen_if_silent == pytest.approx(told, abs=0.0051)


def test_the_constants_it_names_are_those_of_the_program() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"w20 = {W[20]}" in text
    assert f"η = {memory.PASSIVE_GAIN}" in text
    assert f"e = {memory.ENCODED_WHEN_SEEN}" in text
    assert f"taken in with {memory.ENCODED_BY_FEEDBACK}" in text
    assert f"σ = {memory.OFFSET_SPREAD}" in text
    assert f"weighs half after {memory.ORG_HALF_LIFE_DAYS:.0f} days" in text
    assert f"{FLOOR['priority']:.0f} showings a quarter for priorities, {FLOOR['value']:.0f} for" in text
    assert f"{Limits().target_awareness['priority']:.2f} by default, {LATER_TARGET_AWARENESS['value']:.2f} for values" in text
