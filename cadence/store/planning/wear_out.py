"""How often pairs were probably seen lately, and the rest they are given; for a few pairs at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.memory.evidence import SEEN_BESIDE
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.sql import fetch, for_driver, one_of, stored_instant


def seen_since(
    connection: Connection, person_ids: Sequence[int], statement_ids: Sequence[int], *, since: datetime
) -> dict[tuple[int, int], float]:
    """Return (person, statement) -> the sum of the probabilities that its showings since an instant were seen.

    A showing with a response of its own counts 1, beside one ``SEEN_BESIDE``, a silent one what its closing says, an open one 0;
    a text that only the answer to a question showed counts 1.
    """
    at = stored_instant(connection, since)
    responses: dict[int, set[int]] = {}
    for delivery_id, statement_id in fetch(
        connection,
        f"SELECT delivery_id, statement_id FROM evidence WHERE person_id IN {one_of(person_ids)} AND statement_id IS NOT NULL "
        "AND delivery_id IS NOT NULL AND level BETWEEN ? AND ? AND occurred_at >= ?",
        (int(EvidenceLevel.VIEWED), int(EvidenceLevel.RESTATED), at),
    ):
        responses.setdefault(delivery_id, set()).add(statement_id)
    found: dict[tuple[int, int], float] = {}
    for person_id, statement_id, delivery_id, silent in fetch(
        connection,
        "SELECT d.person_id, i.statement_id, d.id, (SELECT e.seen FROM evidence e WHERE e.source_id = 'silent:' || d.id) "
        "FROM deliveries d JOIN delivery_items i ON i.delivery_id = d.id "
        f"WHERE d.person_id IN {one_of(person_ids)} AND i.statement_id IN {one_of(statement_ids)} "
        "AND d.state = 'sent' AND d.finished_at >= ?",
        (at,),
    ):
        said = responses.get(delivery_id)
        seen = (1.0 if statement_id in said else SEEN_BESIDE) if said else silent or 0.0
        found[person_id, statement_id] = found.get((person_id, statement_id), 0.0) + seen
    for person_id, statement_id, times in fetch(
        connection,
        "SELECT a.person_id, a.statement_id, count(*) FROM check_answers a "
        f"WHERE a.person_id IN {one_of(person_ids)} AND a.statement_id IN {one_of(statement_ids)} AND a.answered_at >= ? AND NOT EXISTS "
        "(SELECT 1 FROM delivery_items i WHERE i.delivery_id = a.delivery_id AND i.statement_id = a.statement_id) GROUP BY 1, 2",
        (at,),
    ):
        found[person_id, statement_id] = found.get((person_id, statement_id), 0.0) + times
    return found


def hold(connection: Connection, pairs: Sequence[tuple[int, int]], *, until_day: float) -> None:
    """Let (person, statement) pairs rest until a day."""
    if pairs:
        sql = for_driver(connection, "UPDATE exposures SET held_until_day = ? WHERE person_id = ? AND statement_id = ?")
        connection.connection.cursor().executemany(sql, [(until_day, person_id, statement_id) for person_id, statement_id in pairs])
