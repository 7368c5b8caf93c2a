"""Two companies that are alike but for one answer, right in one and wrong in the other, look the same to everybody but who gave it.

Everything that leaders, admins and commands are shown is compared, on the day of the answer and until the next step.
"""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from cadence.assembly.site import SiteContext, build_site
from cadence.cli.session import plain
from cadence.clock import FixedClock
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.sending.links import LinkSigner
from cadence.domain.simulation.population import Law
from cadence.operations.measuring.by_name import PersonLine, by_name
from cadence.operations.measuring.calibration import calibration
from cadence.operations.measuring.question_health import question_health
from cadence.operations.measuring.report import report
from cadence.operations.measuring.report_json import plain_report
from cadence.operations.people.export_person import export_person
from cadence.operations.planning.explain import explain
from cadence.operations.responding.answer_check import answer_check, look_check
from cadence.operations.responding.tap import heard
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import a_cadence
from tests.fixtures.lived_company import LivedCompany
from tests.web.conftest import PASSWORD, TestClient

DAY = timedelta(days=1)
#: what the pages make new each time they are shown
_FRESH = re.compile(rf'name="{FIELD}" value="[^"]*"')


@pytest.fixture(scope="module")
def company(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> LivedCompany:
    """A company with published figures and questions that nobody has answered yet; closed, to be copied."""
    path = tmp_path_factory.mktemp("twins") / "company.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}", disposable=True)
    a_cadence(database, slug="weekly", mode="adaptive", days=["monday"])
    made = LivedCompany(database=database, seed=4, law=Law.POWER, people=24, statements=3, teams=("Field", "Office"))
    made.live(14)
    database.close()
    return made


def twin(company: LivedCompany, folder: Path, name: str) -> Database:
    """Return a copy of the company."""
    assert company.database is not None
    path = folder / f"{name}.db"
    shutil.copyfile(company.database.path, path)
    return Database(f"sqlite:///{path}", disposable=True)


def answer(database: Database, *, right: bool, now: datetime) -> int:
    """Let the last question that is open be answered; return whose it was."""
    asked, answers = core.asked_checks, core.check_answers
    with database.read() as connection:
        mine = sa.exists().where(answers.c.delivery_id == asked.c.delivery_id)
        one = connection.execute(sa.select(asked).where(~mine).order_by(asked.c.delivery_id.desc())).first()
    assert one is not None
    about = {"version_id": one.version_id, "delivery_id": one.delivery_id}
    place = look_check(database, person_id=one.person_id, **about).question.right
    answer_check(database, person_id=one.person_id, **about, choice=place if right else -1, channel="email", now=now)
    return int(one.person_id)


def shown(database: Database, person: int, now: datetime) -> Iterator[tuple[str, Any]]:
    """Yield everything that others are shown, of this person and a few others, by its name."""
    with database.read() as connection:
        few = sa.select(core.people.c.email).where(core.people.c.id.between(person - 1, person + 1))
        people = list(connection.execute(few.order_by(core.people.c.id)).scalars())
        slugs = list(connection.execute(sa.select(core.statements.c.slug)).scalars())
        ids = list(connection.execute(sa.select(core.statements.c.id)).scalars())
        yield "question health", plain(question_health(connection))
    yield "report", plain_report(report(database, now=now))
    for slug, statement_id in zip(slugs, ids, strict=True):
        yield f"report of {slug}", plain_report(report(database, statement=slug, now=now))
        yield f"taps of {slug}", heard(database, statement_id=statement_id, now=now)
    yield "calibration", plain(calibration(database, now=now))
    for email in people:
        yield f"explanation of {email}", explain(database, email, now=now).to_json()
        yield f"export of {email}", export_person(database, email, now=now)
    context = SiteContext(
        database=database,
        clock=FixedClock(now),
        links=LinkSigner({1: b"a test secret of at least 32 bytes!!"}, current=1, deployment="https://cadence.example.com"),
        company_name="Twins",
        base_url="https://cadence.example.com",
        admin_password=SecretStr(PASSWORD),
    )
    headers = {"authorization": "Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode()}
    with TestClient(build_site(context), base_url="https://cadence.example.com", headers=headers) as client:
        paths = [
            "/",
            "/statements",
            "/statements?view=teams",
            *(f"/statements/{slug}" for slug in slugs),
            "/questions",
            "/metrics",
            "/api/v1/report",
            "/api/v1/statements",
        ]
        for path in paths:
            yield path, _FRESH.sub("", client.get(path).text)


def by_names(database: Database, now: datetime) -> list[PersonLine]:
    """Return what mode "named" tells of each person and statement."""
    named = Database(str(database.url), privacy=PrivacyMode.NAMED)
    with database.read() as connection:
        slugs = list(connection.execute(sa.select(core.statements.c.slug)).scalars())
    found = [line for slug in slugs for line in by_name(named, slug, now=now).people]
    named.close()
    return found


def test_nothing_that_others_see_tells_whether_an_answer_was_right(company: LivedCompany, tmp_path: Path) -> None:
    now = company.at(7 * 14 + 0.3)
    one, other = twin(company, tmp_path, "one"), twin(company, tmp_path, "other")
    person = answer(one, right=True, now=now)
    assert answer(other, right=False, now=now) == person
    for later in (timedelta(hours=1), 9 * DAY):
        pairs = zip(shown(one, person, now + later), shown(other, person, now + later), strict=True)
        assert [name for (name, first), (_, second) in pairs if json.dumps(first, default=str) != json.dumps(second, default=str)] == []
    one.close()
    other.close()


def test_nothing_that_others_see_tells_that_somebody_answered(company: LivedCompany, tmp_path: Path) -> None:
    """The text under an answer is a showing to the person and counts for what comes next; to others it is none."""
    now = company.at(7 * 14 + 0.3)
    one, other = twin(company, tmp_path, "one"), twin(company, tmp_path, "other")
    person = answer(one, right=True, now=now)
    pairs = zip(shown(one, person, now + DAY), shown(other, person, now + DAY), strict=True)
    assert [name for (name, first), (_, second) in pairs if json.dumps(first, default=str) != json.dumps(second, default=str)] == []
    delivered = [[(line.times_sent, line.last_sent) for line in people] for people in (by_names(one, now), by_names(other, now))]
    assert delivered[0] == delivered[1]
    one.close()
    other.close()
