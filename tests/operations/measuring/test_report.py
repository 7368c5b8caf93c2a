"""The report counts what the ledger holds, and hides what a small group would give away."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.measuring.groups import hidden_groups
from cadence.errors import NotFound
from cadence.operations.measuring.report import report
from cadence.operations.measuring.report_json import plain_report
from cadence.operations.measuring.reported import Share
from cadence.operations.responding.acknowledge import acknowledge
from cadence.store.database.engine import Database
from tests.fixtures.amount import examples
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, a_version, an_audience, an_occurrence


def _team(database: Database, name: str, size: int) -> list[int]:
    return [a_person(database, team=name) for _ in range(size)]


def _press(database: Database, person: int, statement: StatementRows, delivery: int) -> None:
    acknowledge(database, person_id=person, version_id=statement.version_id, delivery_id=delivery, method="link", now=NOW)


def test_reach_frequency_and_acknowledgement_are_counted(database: Database) -> None:
    people = _team(database, "Field", 10)
    statement = a_statement(database, slug="repair", must_acknowledge=True)
    occurrence = an_occurrence(database, a_cadence(database))
    first = {p: a_delivery(database, p, [statement], at=NOW - timedelta(days=9)) for p in people[:6]}
    for person in people[:2]:
        a_delivery(database, person, [statement], occurrence_id=occurrence, channel="slack")
    for _ in range(2):
        a_delivery(database, people[0], [statement])
    _press(database, people[0], statement, first[people[0]])

    found = report(database, now=NOW)

    line = found.statements[0]
    assert (line.people, line.reached, line.acknowledged) == (10, Share(n=6, of=10), Share(n=1, of=10))
    assert line.times is not None
    assert (line.times.total, line.times.median, line.times.p90) == (10, 1.0, 2)
    assert line.times.distribution == {"0": 4, "1": 4, "2": 1, "3+": 1}
    assert line.last_handed_over == NOW
    assert found.deliveries == {"email": {"sent": 8}, "slack": {"sent": 2}}
    assert found.reached == Share(n=6, of=10)
    assert found.occurrences["closed"] >= 1


def test_people_who_left_are_not_counted(database: Database) -> None:
    statement = a_statement(database)
    a_delivery(database, a_person(database, deactivated_at=NOW), [statement])
    a_person(database)

    line = report(database, now=NOW).statements[0]

    assert (line.people, line.reached) == (1, Share(n=0, of=1))


def test_failed_unknown_and_unreachable_are_told(database: Database) -> None:
    statement = a_statement(database)
    a_delivery(database, a_person(database), [statement], state="failed", reason="address_rejected")
    a_delivery(database, a_person(database), [statement], state="unknown", reason="in_doubt_twice")
    a_person(database, with_address=False)

    found = report(database, now=NOW)

    line = found.statements[0]
    assert (line.failed, line.unknown, line.not_reachable, line.reached) == (1, 1, 1, Share(n=0, of=3))
    assert found.waiting_for_a_person == 1


def test_material_version_starts_acknowledgement_anew_and_a_wording_does_not(database: Database) -> None:
    ann, statement = a_person(database), a_statement(database, must_acknowledge=True)
    _press(database, ann, statement, a_delivery(database, ann, [statement]))
    a_version(database, statement.id, number=2, material=False, title="New words")

    line = report(database, now=NOW).statements[0]
    assert (line.title, line.acknowledged, line.reached_current) == ("New words", Share(n=1, of=1), Share(n=1, of=1))

    a_version(database, statement.id, number=3)
    line = report(database, now=NOW).statements[0]
    assert (line.acknowledged, line.reached, line.reached_current) == (Share(n=0, of=1), Share(n=1, of=1), Share(n=0, of=1))


def test_restricted_audience_counts_its_members_only(database: Database) -> None:
    an_audience(database, "crews", {"team": ["Field"]})
    statement = a_statement(database, audience="crews")
    field, office = _team(database, "Field", 6), _team(database, "Office", 6)
    for person in (field[0], office[0]):
        a_delivery(database, person, [statement])

    line = report(database, now=NOW).statements[0]

    assert (line.people, line.reached) == (6, Share(n=1, of=6))
    assert [t.team for t in line.teams] == ["Field"]


def test_small_team_is_hidden_and_cannot_be_worked_out(database: Database) -> None:
    _team(database, "Field", 20)
    _team(database, "Lab", 7)
    _team(database, "Board", 3)
    a_statement(database, slug="repair", must_acknowledge=True)

    teams = {t.team: t for t in report(database, now=NOW).statements[0].teams}

    assert teams["Board"].hidden == "hidden: fewer than 5"
    assert teams["Lab"].hidden
    assert teams["Lab"].reached is None
    assert teams["Field"].reached == Share(n=0, of=20)
    for asked in ("Board", "Lab"):
        alone = report(database, team=asked, now=NOW)
        assert (alone.people, alone.reached, alone.deliveries) == (None, None, {})
        assert (alone.statements[0].reached, alone.statements[0].failed) == (None, None)
    assert report(database, team="Field", now=NOW).statements[0].people == 20


def test_silence_raises_the_alarm_after_thirty_days(database: Database) -> None:
    ann = a_person(database)
    heard, silent = a_statement(database, slug="heard"), a_statement(database, slug="silent")
    a_statement(database, slug="never")
    a_statement(database, slug="new", published_at=NOW - timedelta(days=3))
    a_delivery(database, ann, [heard], at=NOW - timedelta(days=29))
    a_delivery(database, ann, [silent], at=NOW - timedelta(days=31))

    alarms = report(database, now=NOW).alarms

    assert {a.slug for a in alarms if a.code == "silent"} == {"silent", "never"}
    assert {a.sentence for a in alarms if a.code == "no_statement_of_kind"} >= {"There is no scoreboard yet."}


def test_one_statement_tells_its_channels(database: Database) -> None:
    ann, statement = a_person(database), a_statement(database, slug="repair")
    a_delivery(database, ann, [statement])
    a_delivery(database, ann, [a_statement(database)], channel="slack")

    found = report(database, statement="repair", now=NOW)

    assert [s.slug for s in found.statements] == ["repair"]
    assert found.statements[0].deliveries == {"email": {"sent": 1}} == found.deliveries


def test_skip_without_a_channel_is_counted_under_none(database: Database) -> None:
    a_delivery(database, a_person(database), state="skipped", reason="channel_not_set_up", channel="")

    assert report(database, now=NOW).deliveries == {"none": {"skipped": 1}}


def test_unknown_names_are_refused_by_name(database: Database) -> None:
    with pytest.raises(NotFound, match="nonsense"):
        report(database, statement="nonsense", now=NOW)
    with pytest.raises(NotFound, match="Nobody"):
        report(database, team="Nobody", now=NOW)


def test_json_is_plain_and_withholds_what_is_known_of_one_person(database: Database) -> None:
    a_delivery(database, a_person(database), [a_statement(database, must_acknowledge=True)])

    plain = json.loads(json.dumps(plain_report(report(database, now=NOW))))

    line = plain["statements"][0]
    assert line["reached"] == {"n": 1, "of": 1, "share": 1.0}
    assert (line["projection_gap"], line["asked"], plain["projection_gap"]) == (None, {"why": "first", "last_at": None}, None)
    for figure in ("know_it", "before", "belief"):
        assert line[figure]["verdict"] == "hidden"
        assert [line[figure][key] for key in ("value", "low", "high", "people", "told", "answered", "released_at")] == [None] * 7
    assert plain["at"] == "2026-11-23T09:00:00+00:00"
    assert plain["deliveries"] == {"email": {"sent": 1}}


def test_empty_house_has_an_empty_report(database: Database) -> None:
    found = report(database, now=NOW)

    assert (found.people, found.statements, found.alarms, found.deliveries) == (0, (), (), {})


@settings(max_examples=examples(200))
@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30), max_size=8))
def test_hidden_groups_are_never_fewer_than_five_together(sizes: dict[str, int]) -> None:
    hidden = hidden_groups(sizes)

    assert all(n >= 5 for name, n in sizes.items() if n and name not in hidden)
    behind = sum(sizes[name] for name in hidden)
    everyone = {name for name, n in sizes.items() if n}
    assert behind == 0 or behind >= 5 or hidden == everyone
