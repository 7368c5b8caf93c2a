"""Laws of planning over random companies: no cap is exceeded, whatever the rules, the modes, the taps and the silence."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.planning.caps import CapRule, Counted, Per, period
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.plan import plan_due
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.amount import examples
from tests.fixtures.builders import a_cadence, a_person, a_statement

BEGIN = datetime(2026, 3, 16, 10, tzinfo=UTC)
KINDS = ("purpose", "value", "priority", "scoreboard")
BOTH = (Channel.SLACK, Channel.EMAIL)

rules = st.builds(
    CapRule,
    at_most=st.integers(0, 4),
    count=st.sampled_from(Counted),
    per=st.sampled_from(Per),
    channels=st.sampled_from([(), (Channel.SLACK,), (Channel.EMAIL,)]),
    kinds=st.sampled_from([(), ("value",), ("value", "priority")]),
    tags=st.sampled_from([(), ("safety",)]),
    cadences=st.sampled_from([(), ("c-0",)]),
)
cadences = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["fixed", "adaptive"]),
        "days": st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri"]), min_size=1, max_size=5, unique=True),
        "max_statements": st.integers(1, 4),
        "channels": st.sampled_from([["slack", "email"], ["email", "slack"]]),
        "min_gap_days": st.integers(0, 3),
    }
)


@settings(max_examples=examples(8))
@given(
    own=st.lists(rules, max_size=4),
    weekly=st.tuples(st.integers(1, 4), st.integers(1, 8)),
    made=st.lists(cadences, min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_cap_is_exceeded_whatever_people_tap(
    sqlite_template: Path, tmp_path_factory: Any, own: list[CapRule], weekly: tuple[int, int], made: list[dict[str, Any]], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("laws")
    shutil.copyfile(sqlite_template, folder / "cadence.db")
    database, rng = Database(f"sqlite:///{folder / 'cadence.db'}", disposable=True), np.random.default_rng(seed)
    try:
        words = {}
        for n in range(6):
            kind, tags = KINDS[n % 4], ["safety"] if n % 2 else []
            rows = a_statement(database, kind=kind, tags=tags, published_at=BEGIN - timedelta(days=40), must_acknowledge=n == 3)
            words[rows.id] = (kind, tags)
        for n in range(3):
            a_person(database, slack=f"U{n}", country="", zone=("Europe/Berlin", "Asia/Kathmandu", "America/Santiago")[n])
        limits = Limits(
            digests_per_week=weekly[0],
            statements_per_week=weekly[1],
            newcomer_statements_per_week=weekly[1],
            rules=tuple(own),
            min_gap_days=0,
        )
        table = core.limit_sets
        with database.transaction() as connection:
            connection.execute(sa.insert(table).values(definition=limits_to_json(limits), applied_at=BEGIN))
        slugs = {a_cadence(database, slug=f"c-{n}", holidays=False, **one): f"c-{n}" for n, one in enumerate(made)}
        with database.transaction() as connection:
            derive_slots(connection, now=BEGIN - timedelta(days=1))
        for hours in range(0, 24 * 30, 12):
            plan_due(database, now=BEGIN + timedelta(hours=hours), secret=b"secret", channels=BOTH)
            _live(database, rng, BEGIN + timedelta(hours=hours))
        _judge(database, limits, slugs, words)
    finally:
        database.close()
        shutil.rmtree(folder)


def _live(database: Database, rng: np.random.Generator, now: datetime) -> None:
    """What is planned goes out, some of it fails; people tap, know, forget and stay silent at random."""
    deliveries, exposures = core.deliveries, core.exposures
    day = now.timestamp() / 86_400
    with database.transaction() as connection:
        for row in connection.execute(sa.select(deliveries.c.id, deliveries.c.send_after).where(deliveries.c.state == "planned")).all():
            state = "failed" if rng.random() < 0.1 else "sent"
            connection.execute(sa.update(deliveries).where(deliveries.c.id == row.id).values(state=state, finished_at=row.send_after))
        for pair in connection.execute(sa.select(exposures.c.person_id, exposures.c.statement_id)).all():
            values = {
                "times_sent": 1 + int(rng.integers(0, 12)),
                "unanswered": int(rng.integers(0, 6)),
                "encoded": float(rng.random()),
                "seen_day": day - float(rng.integers(0, 40)),
                "held_until_day": day + 2 if rng.random() < 0.1 else None,
                "fewer_until_day": day + 9 if rng.random() < 0.1 else None,
                "version_id": sa.select(sa.func.max(core.statement_versions.c.id))
                .where(core.statement_versions.c.statement_id == pair.statement_id)
                .scalar_subquery(),
            }
            key = (exposures.c.person_id == pair.person_id, exposures.c.statement_id == pair.statement_id)
            connection.execute(sa.update(exposures).where(*key).values(**values))


def _judge(database: Database, limits: Limits, slugs: dict[int, str], words: dict[int, tuple[str, list[str]]]) -> None:
    deliveries, items = core.deliveries, core.delivery_items
    occurrences = core.occurrences
    with database.read() as connection:
        query = sa.select(deliveries, occurrences.c.cadence_id).join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
        gone = connection.execute(query.where(deliveries.c.state == "sent")).all()
        said: dict[int, list[int]] = {}
        for row in connection.execute(sa.select(items.c.delivery_id, items.c.statement_id)):
            said.setdefault(row.delivery_id, []).append(row.statement_id)
    weekly = (
        CapRule(at_most=limits.digests_per_week),
        CapRule(at_most=limits.statements_per_week, count=Counted.STATEMENTS),
    )
    for rule in (*limits.rules, *weekly):
        counted: Counter[tuple[int, int]] = Counter()
        for one in gone:
            if rule.concerns(channel=one.channel, cadence=slugs[one.cadence_id]):
                matching = [s for s in said[one.id] if rule.covers(*words[s])]
                stretch = one.person_id, period(rule.per, one.local_day)[0]
                counted[stretch] += bool(matching) if rule.count is Counted.DIGESTS else len(matching)
        assert max(counted.values(), default=0) <= rule.at_most, str(rule)
