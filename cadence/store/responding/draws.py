"""The draw behind a question as it is kept: every statement that could have been asked, packed into one short value.

A record is the statement's id, m-hat at that instant, and how often the person had been asked about it in vain since their last
answer. Little endian, 9 bytes, so that a row of ten statements takes less than its keys. Pure; rows: ``asked_checks``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats, Mask

RECORD = np.dtype([("statement", "<u4"), ("predicted", "<f4"), ("in_vain", "u1")])
_MOST = 255


def pack(could: Mask, statement_ids: Sequence[int], predicted: Floats, in_vain: Floats) -> list[bytes]:
    """Return one value for each person of what ``could`` be drawn; all are people x statements, columns as ``statement_ids``."""
    records = np.empty(could.shape, dtype=RECORD)
    records["statement"] = np.asarray(statement_ids, dtype=np.uint32)
    records["predicted"] = predicted
    records["in_vain"] = np.minimum(in_vain, _MOST)
    whole = records[could].tobytes()
    ends = (could.sum(axis=1).cumsum() * RECORD.itemsize).tolist()
    return [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What many draws could have chosen, one element for each statement of each draw."""

    #: index of the draw among those that were unpacked, ascending
    row: NDArray[np.int64]
    statement_id: NDArray[np.int64]
    predicted: Floats
    in_vain: NDArray[np.int64]


def unpack(kept: Sequence[bytes | None]) -> Draws:
    """Return what the draws of many rows could have chosen; a row without a draw has no element."""
    whole = [value or b"" for value in kept]
    records = np.frombuffer(b"".join(whole), dtype=RECORD)
    sizes = np.array([len(value) // RECORD.itemsize for value in whole], dtype=np.int64)
    return Draws(
        row=np.repeat(np.arange(len(whole)), sizes),
        statement_id=records["statement"].astype(np.int64),
        predicted=records["predicted"].astype(np.float64),
        in_vain=records["in_vain"].astype(np.int64),
    )
