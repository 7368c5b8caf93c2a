"""The what-if: seeded, honest about silence, within every cap, and without a trace in the installation."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.cli.session import plain
from cadence.clock import FixedClock
from cadence.domain.planning.cadences import CadenceFile
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.population import Law, Population
from cadence.errors import Invalid
from cadence.files.cadences_toml import parse_cadences
from cadence.files.population_toml import parse_population
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.apply_cadences import apply_cadences, derive_slots
from cadence.operations.planning.plan import plan_due
from cadence.operations.running.rebuild import rebuild
from cadence.operations.running.tick import tick
from cadence.operations.simulation.company import company_of, read_source
from cadence.operations.simulation.days import play
from cadence.operations.simulation.processes import play_all
from cadence.operations.simulation.simulate import FIXED, PlayedRules, RulesOutcome, Simulation, SimulationRequest, play_part, simulate
from cadence.shipped import shipped_folder
from cadence.store.database import tables
from cadence.store.database.engine import Database
from cadence.store.simulation import company as simulated
from tests.fixtures.builders import a_person, a_statement
from tests.fixtures.databases import KINDS
from tests.fixtures.sending import ScriptedTransport, an_outbox

pytestmark = pytest.mark.databases("sqlite")

START = datetime(2026, 9, 28, tzinfo=UTC)
ADAPTIVE = """
[cadences.digest]
days = ["tue", "thu"]
local_time = "09:30"
mode = "adaptive"
max_statements = 3
"""
LINES = (
    "Every alarm of the night is looked at within ten minutes.",
    "What can be mended is mended before anything is bought.",
    "No town hears from us first on the day its river rises.",
    "Half of all gauges report by satellite before the winter.",
    "A near miss is written up in the open within one week.",
    "New keepers walk their river with an old hand for a month.",
)
CHANNELS = frozenset({Channel.EMAIL})


def rules(text: str = ADAPTIVE) -> CadenceFile:
    return parse_cadences(text.encode(), where="candidate.toml")


@pytest.fixture
def company(database: Database) -> Database:
    """Twelve people in two zones, six statements, and monthly rules in force."""
    return _filled(database)


def _filled(database: Database) -> Database:
    for n, line in enumerate(LINES):
        wordings = [line, f"Again: {line}"]
        a_statement(database, slug=f"s-{n}", kind=("priority", "value")[n % 2], title=f"Line {n}", body=line, wordings=wordings, asked=True)
    for n in range(12):
        a_person(database, email=f"p{n}@example.com", zone=("Europe/Berlin", "Asia/Kolkata")[n % 2])
    monthly = '[cadences.monthly]\ndays = ["wed"]\nnth_weekdays = [1]\nlocal_time = "10:00"\n'
    with database.transaction() as connection:
        apply_cadences(connection, rules(monthly), now=START)
    return database


def a_wish(**changes: object) -> SimulationRequest:
    usual = SimulationRequest(candidate=rules(), population=Population(), start=START, channels=CHANNELS, days=56, seed=3)
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def told(found: Simulation) -> str:
    return json.dumps(plain(found), sort_keys=True)


def candidate(company: Database, wish: SimulationRequest) -> RulesOutcome:
    """Play the candidate rules alone."""
    source = read_source(company, now=START)
    return play_part(
        PlayedRules(name="candidate", source=source, file=wish.candidate, wish=wish, people=wish.people or 12), lambda days: None
    )


def row(found: Simulation, name: str) -> RulesOutcome:
    return next(one for one in found.rows if one.name == name)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(company: Database) -> None:
    first = told(simulate(company, a_wish(days=14)))

    assert told(simulate(company, a_wish(days=14))) == first
    assert told(simulate(company, a_wish(days=14, seed=4))) != first


@pytest.fixture(scope="module")
def four_weeks(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Simulation, int]:
    """The company played for 28 days with six people, and the days that progress was told of."""
    file, worked = tmp_path_factory.mktemp("four-weeks") / "cadence.db", list[int]()
    shutil.copyfile(sqlite_template, file)
    database = _filled(Database(f"sqlite:///{file}"))
    found = simulate(database, a_wish(days=28, people=6), progress=worked.append)
    database.close()
    return found, sum(worked)


def test_candidate_rules_in_force_and_fixed_cadences_stand_side_by_side(four_weeks: tuple[Simulation, int]) -> None:
    found, worked = four_weeks

    assert [one.name for one in found.rows] == ["candidate", "in force", *FIXED]
    assert {(one.people, one.statements, one.days, one.seed) for one in found.rows} == {(6, 6, 28, 3)}
    assert found.company == "installation"
    assert worked == 56
    candidate, monthly = found.rows[:2]
    assert candidate.showings_per_week.mean > 2 * monthly.showings_per_week.mean
    assert candidate.awareness.held > monthly.awareness.held
    assert row(found, "fixed, weekly").showings_per_week.median == 6
    assert candidate.awareness.days == (0, 7, 14, 21, 28)
    assert candidate.words_per_week > monthly.words_per_week > 0


def test_what_would_be_published_stands_beside_the_truth(four_weeks: tuple[Simulation, int]) -> None:
    """Figures come from the one place that gives them to pages: in the first weeks it is too early to say anything."""
    found, _ = four_weeks

    candidate = found.rows[0]
    assert sorted(one.slug for one in candidate.known) == [f"s-{n}" for n in range(6)]
    assert {one.verdict for one in candidate.known} <= {"too_early", "nobody_asked", "too_few", "hidden"}
    assert any(one.true > 0 for one in candidate.known)
    assert row(found, "fixed, weekly").known == ()


def test_nothing_of_the_installation_changes(company: Database) -> None:
    before = hashlib.sha256(_everything(company).encode()).hexdigest()

    simulate(company, a_wish(days=7))

    assert hashlib.sha256(_everything(company).encode()).hexdigest() == before


def _everything(database: Database) -> str:
    with database.read() as connection:
        return repr([(name, connection.execute(sa.select(table)).fetchall()) for name, table in sorted(tables.metadata.tables.items())])


def test_nobody_exceeds_a_cap_and_the_judge_would_see_it(company: Database) -> None:
    strict = "[limits]\ndigests_per_week = 1\nstatements_per_week = 2\nnewcomer_statements_per_week = 2\n" + ADAPTIVE
    strict += '[[limits.rules]]\nat_most = 3\ncount = "digests"\nper = "month"\n'
    found = candidate(company, a_wish(candidate=rules(strict)))

    assert found.over_a_cap == 0
    assert found.showings_per_week.most == 2
    assert found.skipped["digest_cap"] > 0
    assert found.skipped["cap_rule"] > 0


def test_a_silent_company_is_believed_to_know_much_less(company: Database) -> None:
    """Shown by 2: nobody answers, so belief stays at least 15 points below, whatever was delivered."""
    many = a_wish(days=63, people=12, population=Population(answers=0.6))
    silent = dataclasses.replace(many, population=Population(answers=0.0, acknowledges=0.0))

    heard, unheard = (candidate(company, wish) for wish in (many, silent))

    assert unheard.checks_answered == unheard.acknowledged == 0
    assert heard.checks_answered > 25
    assert heard.awareness.held_believed is not None
    assert unheard.awareness.held_believed is not None
    assert unheard.awareness.held_believed < heard.awareness.held_believed - 0.15
    assert max(unheard.awareness.believed) < 0.9


def test_the_laws_of_forgetting_differ(company: Database) -> None:
    power, actr = (candidate(company, a_wish(days=14, population=Population(law=law))).awareness for law in Law)

    assert power.true != actr.true


def test_an_empty_installation_plays_the_sample_company(database: Database) -> None:
    found = simulate(database, a_wish(days=7, people=20))

    assert found.company == "sample company"
    assert [one.name for one in found.rows[:2]] == ["candidate", "starter rules"]
    assert found.statements >= 14
    assert found.people == 20


def test_posts_and_nudges_are_played_and_posts_count_for_nobody(company: Database) -> None:
    with company.transaction() as connection:
        table = tables.metadata.tables["statements"]
        connection.execute(sa.update(table).where(table.c.slug == "s-0").values(must_acknowledge=True))
    post = ADAPTIVE + '[cadences.post]\ndays = ["mon"]\nlocal_time = "10:00"\npost_to = "C0123456789"\n'
    wish = a_wish(candidate=rules(post), days=21, channels=frozenset(Channel), population=Population(acknowledges=0.0))

    found, plainly = candidate(company, wish), candidate(company, dataclasses.replace(wish, candidate=rules()))

    assert found.over_a_cap == 0
    assert found.digests_per_week == plainly.digests_per_week


@pytest.mark.databases(*KINDS)
def test_an_installation_on_either_database_is_read(database_url: str) -> None:
    database = Database(database_url)
    a_statement(database, tags=["safety"])
    a_person(database, zone="America/Santiago", attributes={"job_title": "Keeper"})
    with database.transaction() as connection:
        apply_cadences(connection, rules(), now=START)

    found = simulate(database, a_wish(days=7))

    assert (found.company, found.people, found.statements) == ("installation", 1, 1)
    assert found.rows[0].showings_per_week.most == 2
    assert found.rows[0] == dataclasses.replace(found.rows[1], name="candidate")
    database.close()


def test_a_small_company_can_be_played_larger(company: Database) -> None:
    found = simulate(company, a_wish(days=7, people=30))

    assert found.people == 30
    assert found.rows[0].digests_per_week is not None
    assert found.rows[0].digests_per_week.mean > 1


def test_two_processes_give_the_figures_of_one(company: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.operations.simulation.processes._WORTH_IT", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    worked: list[int] = []

    found = simulate(company, a_wish(days=7, people=4), play_all=play_all, progress=worked.append)

    assert told(found) == told(simulate(company, a_wish(days=7, people=4)))
    assert sum(worked) == 14


@pytest.mark.parametrize(("field", "value"), [("days", 3), ("days", 5000), ("people", 0), ("people", 501)])
def test_what_is_out_of_range_is_named(company: Database, field: str, value: int) -> None:
    with pytest.raises(Invalid, match=f"{field} = {value}"):
        simulate(company, a_wish(**{field: value}))


def test_a_rebuild_of_a_played_company_finds_no_difference(company: Database) -> None:
    """A played company is a real one: what its people pressed folds to what the tables keep."""
    source = read_source(company, now=START)
    with company_of(source, people=12, seed=3, start=START) as played:
        with played.database.transaction() as connection:
            apply_cadences(connection, rules(), now=START)
            derive_slots(connection, now=START)
        people = play(played, Population(answers=0.6), start=START, days=35, seed=3, channels=CHANNELS)
        report = rebuild(played.database)

    assert people.counts.checks_answered > 15
    assert report.pairs > 60
    assert report.differences == 0, report.first[:5]


def test_bulk_sending_leaves_what_a_real_send_leaves(sqlite_url: str, tmp_path: Path) -> None:
    """The same plan, sent by the product and marked as sent in bulk: equal rows but for lease names, replies and ids."""
    kept = []
    for number, real in enumerate((True, False)):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        Path(f"{tmp_path / f'{number}.db'}").write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
        database = Database(url)
        kept.append(_sent_rows(database, real=real))
        database.close()

    assert kept[0] == kept[1]
    assert len(kept[0]["evidence"]) == 3


def _sent_rows(database: Database, *, real: bool) -> dict[str, list[tuple[object, ...]]]:
    due = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    people = []
    with database.transaction() as connection:
        apply_cadences(connection, rules(ADAPTIVE.replace("adaptive", "fixed")), now=due.replace(hour=1))
    for n in range(3):
        a_statement(database, slug=f"s-{n}")
        people.append(a_person(database, email=f"p{n}@example.com"))
    with database.transaction() as connection:
        derive_slots(connection, now=due.replace(hour=1))
    if real:
        clock = FixedClock(due)
        outbox = an_outbox(database, clock, ScriptedTransport())
        tick(database, [outbox], clock=clock, secret=b"simulation", owner=outbox.owner)
    else:
        plan_due(database, now=due, secret=b"simulation", channels=CHANNELS)
        with database.transaction() as connection:
            sent = simulated.hand_over(connection, before=due.replace(hour=23))
        assert len(sent.showings) == 9
    found: dict[str, list[tuple[object, ...]]] = {}
    skipped = {"lease_owner", "reply", "intent_at", "provider_id", "public_id"}
    with database.read() as connection:
        for name in ("deliveries", "delivery_items", "attempts", "evidence", "exposures"):
            table = tables.metadata.tables[name]
            # a batch goes out in an order of chance, and these get their ids as they go
            numbered = {"id"} if name in ("attempts", "evidence") else set()
            columns = [column for column in table.columns if column.name not in skipped | numbered]
            found[name] = sorted((tuple(r) for r in connection.execute(sa.select(*columns))), key=repr)
    return found


def test_the_shipped_population_file_says_the_defaults() -> None:
    raw = (shipped_folder("config") / "population.toml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in raw.splitlines() if " = " in line and line.startswith("# ")]

    assert parse_population(raw.encode(), where="population.toml") == Population()
    assert parse_population("\n".join(lines).encode(), where="population.toml") == Population()
    assert len(lines) == len(dataclasses.fields(Population))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anwsers = 0.5", "anwsers = 0.5: there is no such key; did you mean answers? (for example: answers = 0.35)"),
        ("answers = 1.5", "answers = 1.5: must be a number from 0 to 1 (for example: answers = 0.35)"),
        ("answers = true", "must be a number from 0 to 1"),
        ("attention = [4]", "attention = [4]: must be two numbers, the first from 0.1 to 50"),
        ("attention = [0, 2]", "must be two numbers"),
        ("attention = [nan, 2]", "must be two numbers"),
        ('law = "ebbinghaus"', "must be one of: actr, power"),
        ("answers = ", "is not TOML"),
    ],
)
def test_a_wrong_population_file_is_refused_by_field_and_value(text: str, said: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        parse_population(text.encode(), where="population.toml")

    assert said in str(refused.value)
    assert "population.toml" in str(refused.value)


def test_all_faults_of_a_population_file_are_told_at_once() -> None:
    with pytest.raises(InvalidFile) as refused:
        parse_population(b"answers = 2\nturnover = -1\nlove = 1\n", where="population.toml")

    assert len(str(refused.value).splitlines()) == 3
