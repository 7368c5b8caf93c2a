"""The next thing on Home can be put off for a week, by who is signed in and for them alone; the one after it takes its place."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.identity.permissions import Role
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import a_person, a_statement
from tests.web.conftest import TestClient, form_token_for

GUESS, QUIET = "Make your guess for 1 statement", "Say “Never told” again"


def test_not_now_hides_the_next_thing_from_one_account_for_a_week(
    context: SiteContext, clock: FixedClock, client: TestClient, database: Database
) -> None:
    a_person(database)
    a_statement(database, slug="silent", title="Never told")
    helen, rob = (make_account(database, [Role.LEADER], now=clock.now(), email=f"{name}@example.com") for name in ("helen", "rob"))

    number = count()

    def home(account: int) -> str:
        client.cookies.update(sign_in(database, account, now=clock.now(), token=f"{account} {next(number)}"))
        page: str = client.get("/").text
        return page

    assert "Not now" in home(helen)
    shown = GUESS if GUESS in home(helen) else QUIET
    subject = "guess" if shown == GUESS else "quiet silent"
    token = form_token_for(context, client, "/not-now")
    answer = client.post("/not-now", data={"form_token": token, "subject": subject})
    assert "Not for a week." in answer.text
    assert shown not in home(helen)
    assert shown in home(rob)
    clock.set(clock.now() + timedelta(days=8))
    assert shown in home(helen)


def test_without_an_account_nothing_can_be_put_off(leader: TestClient, database: Database) -> None:
    a_person(database)
    a_statement(database, slug="silent", title="Never told")
    assert "Not now" not in leader.get("/").text
    assert leader.post("/not-now", data={"subject": "guess"}).status_code == 404
