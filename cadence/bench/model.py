"""``model``: what the memory model costs per pair, and a whole ledger folded again.

The baseline of each row is the limit the product promises, so ``ratio`` is the share of it used.
"""

from __future__ import annotations

import numpy as np

from cadence.bench.measure import BenchRow, row, seconds
from cadence.domain.memory.model import PairStates, after_check, after_sighting, next_due, predicted_recall, recall
from cadence.domain.memory.replay import Facts, replay
from cadence.domain.sending.deliveries import EvidenceLevel

_BATCH = 65_536


def measure_model(*, pairs: int = 1_000_000, facts_per_pair: int = 5) -> list[BenchRow]:
    """Return update and due scan per pair, and the seconds to fold ``pairs`` with ``facts_per_pair`` facts each from nothing."""
    random = np.random.default_rng(1)
    facts = _facts(pairs, pairs * facts_per_pair, random)
    folded = []
    refold = seconds(lambda: folded.append(replay(facts, np.arange(pairs) // 10, pairs // 10 + 1)))
    states = folded[0].pairs.take(slice(0, _BATCH))
    theta, sent = np.zeros(len(states)), np.full(len(states), 360.0)
    right, seen = random.integers(0, 2, len(states)).astype(np.float64), random.random(len(states))

    def update() -> PairStates:
        return after_check(after_sighting(states, 400.0, seen), 407.0, right, 6)

    def scan() -> object:
        return predicted_recall(recall(states, 400.0), theta, 0.95) < 0.9

    def due() -> object:
        return next_due(states, theta, sent, target=0.9, min_gap_days=2.0, max_gap_days=60.0, slope=0.95)

    per_pair = 1.0 / len(states)
    return [
        row("model_update", "us/pair", min(seconds(update) for _ in range(9)) / 2 * per_pair * 1e6, 2.0, at_most=1.0),
        row("model_due_scan", "ns/pair", min(seconds(scan) for _ in range(9)) * per_pair * 1e9, 20.0, at_most=1.0),
        row("model_next_due", "ns/pair", min(seconds(due) for _ in range(9)) * per_pair * 1e9, 100.0, at_most=1.0),
        row("model_refold", f"s/{pairs:,} pairs", refold, 60.0, at_most=1.0),
    ]


def _facts(pairs: int, count: int, random: np.random.Generator) -> Facts:
    levels = [EvidenceLevel.HANDED_OVER, EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.CHECK_ANSWERED]
    return Facts(
        event_id=random.permutation(count),
        pair=random.integers(0, pairs, count),
        day=random.uniform(0, 365, count),
        kind=random.choice(np.array(levels, dtype=np.int64), count, p=[0.75, 0.1, 0.15]),
        seen=random.random(count),
        outcome=random.integers(0, 2, count).astype(np.float64),
        options=np.full(count, 6),
        showing=random.integers(0, count, count),
    )
