"""How a person deals with questions and acknowledgements: counted from the facts alone, and what an acknowledgement is worth then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.memory.answering import Counts, count, read_share, read_shares
from cadence.domain.memory.evidence import Closing, Said, Sendings, Shown, history, seen_sums, sendings

DAY = 20_000.0


def shown(number: int, *, items: tuple[int, ...] = (1,), day: float = DAY, silent: bool = False, questions: int = 0) -> Shown:
    closing = Closing(1_000 + number, day + 3, 0.25) if silent else None
    return Shown(number, "email", day, closing, tuple((s, 10 * s) for s in items), 1, questions)


def said(number: int, level: int, delivery: int | None, statement: int = 1, *, day: float = DAY + 1, **more: object) -> Said:
    values = {"source": f"fact:{number}", "seen": None, "outcome": 1.0 if level == 5 else None, "retracts": None} | more
    return Said(
        number, str(values["source"]), level, delivery, statement, 10 * statement, "email", day,
        values["seen"], values["outcome"], 4 if level == 5 else None, values["retracts"],  # type: ignore[arg-type]
    )  # fmt: skip


def test_open_messages_count_in_nothing_and_closed_ones_in_what_they_asked() -> None:
    still_open, closed = shown(1, questions=1), shown(2, items=(1, 2), silent=True, questions=1)

    assert count([still_open], [], {1}) == Counts()
    assert count([still_open, closed], [], {1}) == Counts(asked=1, acknowledgeable=1)


def test_any_response_closes_a_message_for_its_question_and_its_texts() -> None:
    message = shown(1, items=(1, 2, 3), questions=1)

    assert count([message], [said(1, 5, 1, 4)], {1, 2}) == Counts(asked=1, answered=1, acknowledgeable=2)
    assert count([message], [said(1, 4, 1, 1)], {1, 2}) == Counts(asked=1, acknowledgeable=2, acknowledged=1)
    assert count([message], [said(1, 3, 1, 1)], {1, 2}) == Counts(asked=1, acknowledgeable=2)


def test_i_know_this_counts_as_one_of_each() -> None:
    tapped = said(1, 4, 1, 3, source="tap:known:1:30")

    assert count([shown(1, items=(1, 3))], [tapped], {1}) == Counts(acknowledgeable=2, acknowledged=1)
    assert count([shown(1, items=(3,))], [tapped], {3}) == Counts(acknowledgeable=1, acknowledged=1)


def test_what_was_acknowledged_before_is_not_asked_for_again_and_taking_back_counts_nothing() -> None:
    first, later = shown(1), shown(2, day=DAY + 9, silent=True)
    pressed = said(1, 4, 1)
    back = said(2, 8, 1, retracts="fact:1")

    assert count([first, later], [pressed], {1}) == Counts(acknowledgeable=1, acknowledged=1)
    assert count([first, later], [pressed, back], {1}) == Counts(acknowledgeable=1)


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_order_and_repetition_do_not_matter(order: list[int], again: list[int]) -> None:
    facts = [
        said(1, 4, 1),
        said(2, 5, 2, 3),
        said(3, 8, 1, retracts="fact:1"),
        said(4, 4, 2),
        said(5, 4, 3, source="tap:x"),
        said(6, 3, None),
    ]
    messages = [shown(1, items=(1, 2)), shown(2, questions=1), shown(3, silent=True, questions=1)]
    mixed = [facts[i] for i in [*order, *again]]

    assert count([*messages, messages[0]][::-1], mixed, {1}) == count(messages, facts, {1})


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_an_acknowledgement_is_worth_between_15_and_100_of_100(q: int, a: int, n: int, k: int) -> None:
    counts = Counts(asked=q + a, answered=a, acknowledgeable=n + k, acknowledged=k)
    worth = read_share(counts)

    assert 0.15 - 1e-12 <= worth <= 1.0
    assert read_share(counts.plus(Counts(asked=1, answered=1))) >= worth
    assert read_share(counts.plus(Counts(acknowledgeable=1))) >= worth
    assert read_share(counts.plus(Counts(acknowledgeable=1, acknowledged=1))) <= worth
    assert read_share(counts.plus(Counts(asked=1))) <= worth


def test_who_acknowledges_everything_and_answers_nothing_is_hardly_believed() -> None:
    assert read_share(Counts(asked=10, acknowledgeable=11, acknowledged=11)) < 0.16
    assert read_share(Counts(asked=10, answered=3, acknowledgeable=11, acknowledged=3)) > 0.99


def test_what_is_read_is_told_in_steps_and_nobody_known_counts_almost_whole() -> None:
    assert read_share(Counts()) == pytest.approx(1 - 0.85 * 0.05)
    assert read_share(Counts(acknowledgeable=1, acknowledged=1)) == pytest.approx(1 - 0.85 * 0.10)
    assert read_share(Counts(acknowledgeable=9, acknowledged=2)) == 1.0
    many = [Counts(q, a, n, min(k, n)) for q in (0, 4, 9) for a in (0, 2) for n in (0, 3, 8) for k in (0, 2, 8)]
    assert read_shares(many).tolist() == [read_share(one) for one in many]


def test_doubted_acknowledgement_weighs_less_for_text_neighbours_and_attention() -> None:
    found = history([shown(1, items=(1, 2))], [said(1, 4, 1)], read=0.3)

    assert seen_sums(found.facts[1]).seen == 0.3
    assert seen_sums(found.facts[2]).seen == 0.9 * 0.3
    assert (found.habits["email"].responses, found.habits["email"].silences) == (0.3, 0.0)


def test_answer_beside_a_doubted_acknowledgement_proves_the_message_was_seen() -> None:
    found = history([shown(1, items=(1, 2), questions=1)], [said(1, 4, 1), said(2, 5, 1, 3)], read=0.3)

    assert seen_sums(found.facts[1]).seen == 0.3
    assert seen_sums(found.facts[2]).seen == 0.9
    assert found.habits["email"].responses == 1.0


def test_text_under_an_answer_is_a_showing_and_a_question_without_one_is_not() -> None:
    brings, asks = shown(1, items=(1,)), shown(2, items=(), day=DAY + 20, questions=1)

    once = Sendings(1, DAY, 10, 1, 1, 1, DAY, 10)
    assert sendings([brings, asks]) == {1: once}
    assert sendings([brings, asks], [said(1, 5, 2, 1, day=DAY + 21)]) == {1: Sendings(2, DAY + 21, 10, 1, 2, 1, DAY, 10)}
    beneath = said(2, 5, 1, 1)
    assert sendings([brings], [beneath]) == {1: once}
    (fact,) = history([asks], [said(1, 5, 2, 1, day=DAY + 21)]).facts[1]
    assert (fact.shown_day, fact.seen) == (DAY + 21, 1.0)


def test_question_alone_without_an_answer_is_a_silence_and_says_nothing_of_a_statement() -> None:
    found = history([shown(1, items=(), silent=True, questions=1)], [])

    assert (found.habits["email"].silences, found.habits["email"].silent_in_row) == (1.0, 1)
    assert not found.facts
    assert not found.unanswered


def test_answer_of_somebody_who_taps_anything_says_that_the_text_was_seen() -> None:
    for outcome in (1.0, 0.0, None):
        (fact,) = history([shown(1, items=(), questions=1)], [said(1, 5, 1, outcome=outcome)]).facts[1]
        assert (fact.kind, fact.seen) == (4 if outcome is None else 5, 1.0)
