"""One pair in plain floats is the same model as arrays of pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.memory.replay import Facts, replay
from cadence.domain.memory.single import PairFact, folded
from tests.fixtures.amount import examples

_FACT = st.tuples(
    st.sampled_from([1, 3, 4, 5, 6]),
    st.floats(0, 60),
    st.floats(0, 1),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from([0, 2, 6]),
)


@settings(max_examples=examples(60))
@given(st.lists(_FACT, min_size=1, max_size=40))
def test_plain_floats_agree_with_arrays(drawn: list[tuple[int, float, float, float, int]]) -> None:
    days = np.cumsum([gap for _, gap, _, _, _ in drawn]) + 20_000.0
    kinds = np.array([kind for kind, *_ in drawn])
    outcomes = np.array([round(o) if k == 5 else o for k, _, _, o, _ in drawn], dtype=np.float64)
    facts = [
        PairFact(float(days[i]), i, int(kinds[i]), drawn[i][2], float(outcomes[i]), drawn[i][4], 1, float(days[i]))
        for i in range(len(drawn))
    ]
    count = len(drawn)
    arrays = replay(
        Facts(
            event_id=np.arange(count),
            pair=np.zeros(count, dtype=np.int64),
            day=days,
            kind=kinds,
            seen=np.array([seen for _, _, seen, _, _ in drawn]),
            outcome=outcomes,
            options=np.array([options for *_, options in drawn]),
            showing=np.full(count, -1),
        ),
        np.zeros(1, dtype=np.int64),
        1,
    ).pairs
    whole = (arrays.encoded[0], arrays.stability[0], arrays.difficulty[0], arrays.seen_at[0])
    assert folded(facts) == pytest.approx(whole, rel=1e-12, abs=1e-12)
