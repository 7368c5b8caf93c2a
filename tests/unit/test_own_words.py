"""What a reply in own words shows: on replies the way people write them, it is seldom wrong and often unsure."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.measuring.own_words import Judgement, Nameable, grade, is_offered, match_priorities

REPLIES = tomllib.loads((Path(__file__).parent / "own_words.toml").read_text(encoding="utf-8"))["statements"]
PRIORITIES = (
    Nameable(
        statement_id=1, title="A second way to call home for every gauge", lines=("The other path still works when the mast is gone.",)
    ),
    Nameable(statement_id=2, title="Answer every night alarm within ten minutes", lines=("Within ten minutes a person has looked.",)),
    Nameable(statement_id=3, title="Any part, anywhere, within three days", lines=("The part is in hand 72 hours after they ask.",)),
    Nameable(statement_id=4, title="Sechzig neue Pegelwarte vor dem Regen", lines=("Sechzig Täler haben einen Pegelwart.",)),
)


def judged(truth: str) -> list[tuple[str, Judgement]]:
    """Return (reply, judgement) of every reply that a person would judge as ``truth``."""
    return [
        (reply, grade(reply, title=one["title"], right=one["right"], near_misses=one["near"], texts=[one["body"]]).judgement)
        for one in REPLIES
        for reply in one[truth]
    ]


def test_replies_are_judged_wrong_at_most_in_a_few_of_a_hundred_and_half_of_them_at_all() -> None:
    could, could_not = judged("could"), judged("could_not")
    assert len(could) + len(could_not) >= 130

    false_could = [reply for reply, told in could_not if told is Judgement.COULD]
    false_could_not = [reply for reply, told in could if told is Judgement.COULD_NOT]

    assert len(false_could) <= 0.03 * len(could_not), false_could
    assert len(false_could_not) <= 0.03 * len(could), false_could_not
    assert sum(told is Judgement.COULD for _, told in could) >= 0.6 * len(could)
    assert sum(told is Judgement.COULD_NOT for _, told in could_not) >= 0.5 * len(could_not)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("We open the next city when the last one pays for itself.", "could"),
        ("NEXT CITY opens when the last pays for itself!!", "could"),
        ("we open teh next citty when the last one pays for itself", "could"),
        ("we never open the next city when the last one pays for itself", "unsure"),
        ("we open 12 cities when the last one pays for itself", "unsure"),
        ("depth before breadth", "unsure"),
        ("the last one pays for itself when we open the next city", "unsure"),
        ("city", "unsure"),
        ("people open the last shop in town on sundays, our lead waits in the rain for lunch", "unsure"),
        ("open the last people", "unsure"),
        ("we open a city a month so that others cannot settle", "could_not"),
        ("I don't know", "could_not"),
        ("weiß ich nicht mehr", "could_not"),
        ("...", "could_not"),
        ("我们什么时候开新城市", "unsure"),
        ("x" * 500, "unsure"),
    ],
)
def test_what_decides_a_reply(reply: str, told: str) -> None:
    one = REPLIES[7]

    assert grade(reply, title=one["title"], right=one["right"], near_misses=one["near"], texts=[one["body"]]).judgement == told


@given(st.text(max_size=80), st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4), st.text(max_size=200))
def test_any_reply_is_judged(words: str, title: str, right: str, near: list[str], body: str) -> None:
    assert 0 <= grade(words, title=title, right=right, near_misses=near, texts=[body]).confidence <= 1
    assert 0 <= match_priorities(words, (Nameable(statement_id=1, title=title, lines=(right, body)),)).confidence <= 1


def test_one_in_eight_is_offered_and_always_the_same() -> None:
    offered = [is_offered(f"{n:024x}:5") for n in range(8_000)]

    assert 850 < sum(offered) < 1_150
    assert offered == [is_offered(f"{n:024x}:5") for n in range(8_000)]


@pytest.mark.parametrize(
    ("words", "named", "told"),
    [
        ("a second way to call home for the gauges\nnight alarms within ten minutes", (1, 2), "could"),
        ("1. second way home for every gauge 2. parts within three days", (1, 3), "could"),
        ("night alarm in ten minutes; any part in three days", (2, 3), "could"),
        ("sechzig neue pegelwarte", (4,), "could"),
        ("answer the night alarms\nbe nice to customers", (2,), "unsure"),
        ("gauges", (), "unsure"),
        ("more money", (), "unsure"),
        ("keine Ahnung", (), "could_not"),
        ("no idea", (), "could_not"),
    ],
)
def test_priorities_named_unaided_are_matched_line_by_line(words: str, named: tuple[int, ...], told: str) -> None:
    found = match_priorities(words, PRIORITIES)

    assert (found.named, found.judgement) == (named, told)
    assert 0 <= found.confidence <= 1


def test_a_line_that_fits_two_priorities_is_for_a_person() -> None:
    twins = (
        Nameable(statement_id=1, title="Fewer alarms at night in town", lines=()),
        Nameable(statement_id=2, title="Fewer alarms at night on the coast", lines=()),
    )

    assert match_priorities("fewer alarms at night", twins).judgement == "unsure"
    assert match_priorities("anything", ()).judgement == "unsure"
