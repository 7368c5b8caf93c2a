"""What a person's facts add up to: any order, any repetition, and always probabilities."""

from __future__ import annotations

import random
from dataclasses import asdict

import pytest

from cadence.domain.memory.evidence import Closing, History, Said, Shown, history, seen_sums, sendings
from cadence.domain.memory.single import folded


def _ledger(luck: random.Random) -> tuple[list[Shown], list[Said]]:
    """Return a random ledger of one person: some of it late, out of order, repeated or taken back."""
    shown: list[Shown] = []
    said: list[Said] = []
    fact = 0
    for delivery in range(1, luck.randrange(2, 8)):
        day = 20_000.0 + luck.random() * 90
        fact += 1
        closing = Closing(fact, day + 3, luck.random()) if luck.random() < 0.6 else None
        items = tuple((s, s * 10 + luck.randrange(2)) for s in luck.sample([1, 2, 3], luck.randrange(1, 4)))
        shown.append(
            Shown(delivery, luck.choice(["email", "slack"]), day if luck.random() < 0.9 else None, closing, items, luck.randrange(3))
        )
        for statement, version in items:
            while luck.random() < 0.4:
                fact += 1
                level, retracts = luck.choice([1, 3, 4, 5, 6]), None
                if luck.random() < 0.15 and said:
                    level, retracts = 8, luck.choice(said).source_id
                about = luck.choice([delivery, delivery, delivery, None, 999])
                seen, outcome = luck.choice([None, -0.5, 0.3, 1.7]), luck.choice([0.0, 1.0, 0.5] if level == 6 else [0.0, 1.0])
                when = day + luck.choice([-1.0, 0.0, 0.1, 5.0])
                said.append(Said(fact, f"f{fact}", level, about, statement, version, "email", when, seen, outcome, 6, retracts))
    return shown, said


def _plain(found: History) -> object:
    return {s: f for s, f in found.facts.items() if f}, dict(found.unanswered), {c: asdict(h) for c, h in found.habits.items()}


def test_order_and_repetition_do_not_matter() -> None:
    luck = random.Random(1)
    for _ in range(300):
        shown, said = _ledger(luck)
        again = shown + luck.sample(shown, len(shown)), said + luck.sample(said, len(said))
        mixed = luck.sample(again[0], len(again[0])), luck.sample(again[1], len(again[1]))
        assert _plain(history(*mixed)) == _plain(history(shown, said))
        assert sendings(mixed[0]) == sendings(shown)


def test_probabilities_stay_probabilities_in_ten_thousand_streams() -> None:
    luck = random.Random(2)
    for _ in range(10_000):
        for facts in history(*_ledger(luck)).facts.values():
            state = folded(facts)
            sums = seen_sums(facts)
            assert 0.0 <= state.encoded <= 1.0
            assert 1.0 <= state.difficulty <= 10.0
            assert 0.0 <= state.recall(20_100.0) <= 1.0
            assert 0.0 <= sums.seen <= len(facts)
            assert 0.0 <= sums.variance <= len(facts) / 4


def test_silent_showings_count_since_the_last_response() -> None:
    shown = [Shown(n, "email", 20_000.0 + n, Closing(n, 20_003.0 + n, 0.2), ((1, 10),)) for n in range(1, 6)]
    assert history(shown, []).unanswered == {1: 5}

    tap = Said(9, "tap", 3, 3, 1, 10, "email", 20_003.5, 0.9, None, None, None)
    found = history(shown, [tap])
    assert found.unanswered == {1: 2}
    assert (found.habits["email"].silent_in_row, found.habits["email"].responded_day) == (2, 20_003.5)


def test_seen_in_passing_is_no_response() -> None:
    shown = [Shown(1, "email", 20_000.0, Closing(1, 20_003.0, 0.2), ((1, 10),))]
    home = Said(2, "home", 3, None, 1, 10, "slack", 20_001.0, 0.9, None, None, None)
    found = history(shown, [home])

    assert found.unanswered == {1: 1}
    assert set(found.habits) == {"email"}
    assert seen_sums(found.facts[1]).seen == pytest.approx(1.1)
