"""Every state of an account, tried by every way to sign in; and every end of a session, in whichever way it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import pyotp
import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.channels.registry import MAIL
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL, Actor, Via
from cadence.identity.break_glass import offer_factor, set_password, sign_in_by_password
from cadence.identity.company import ProviderUser
from cadence.identity.company_accounts import Refusal, sign_in_by_company
from cadence.identity.links import LinkSender, sign_in_by_link
from cadence.identity.permissions import Role
from cadence.identity.roles import end_account, end_account_sessions, set_roles
from cadence.identity.signing_in import Begun, Browser, forget_old
from cadence.rendering.own_links import OwnLink
from cadence.store.database.core import people
from cadence.store.identity.sessions import end_session, find_session
from cadence.store.people.directory import deactivate_people
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import a_person

MOST = timedelta(days=14)
PASS = "a long enough password"
#: state -> by which ways one comes in
STATES = {
    "unknown": set(),
    "person": {"link", "company"},
    "paused person": {"link", "company"},
    "person who left": set(),
    "erased person": set(),
    "shared address": set(),
    "account": {"link", "company"},
    "admin": {"link", "company", "password"},
    "admin on the list": {"link", "company", "password"},
    "admin who left": set(),
    "ended admin": set(),
    "leader with a password from before": {"link", "company"},
    "ended account of a person": set(),
}


@dataclass
class Ways:
    """The ways in, each taken from the start to the session or to nothing."""

    context: SiteContext
    sent: list[OwnLink]

    def link(self, email: str) -> Begun | None:
        before, context = len(self.sent), self.context
        sender = LinkSender(database=context.database, ways=context.own_links, base_url=context.base_url, now=context.clock.now)
        sender.send_link(email, channel=MAIL, next_path="")
        if len(self.sent) == before:
            return None
        token = urlsplit(self.sent[-1].url).path.rpartition("/")[2]
        return sign_in_by_link(context.database, token, browser=Browser(), now=context.clock.now(), most=MOST)

    def company(self, email: str) -> Begun | None:
        user = ProviderUser(issuer="https://i", subject=email, email=email, verified=True, groups=None, next_path="")
        found = sign_in_by_company(self.context.database, user, browser=Browser(), now=self.context.clock.now(), most=MOST)
        return None if isinstance(found, Refusal) else found

    def password(self, email: str) -> Begun | None:
        context, key = self.context, KEYS.get(email, pyotp.random_base32())
        code = pyotp.TOTP(key).at(context.clock.now())
        now = context.clock.now()
        return sign_in_by_password(context.database, email, PASS, code, secrets=context.secrets, browser=Browser(), now=now, most=MOST)


KEYS: dict[str, str] = {}


def give_password(context: SiteContext, account_id: int, email: str) -> None:
    offered, now = offer_factor(account_id, email, "x", context.secrets), context.clock.now() - timedelta(hours=1)
    KEYS[email] = offered.key
    set_password(
        context.database,
        account_id,
        password=PASS,
        offered=offered,
        code=pyotp.TOTP(offered.key).at(now),
        secrets=context.secrets,
        session_id=None,
        actor=Actor(via=Via.PAGE, account_id=account_id),
        now=now,
    )


def build(context: SiteContext, state: str, email: str) -> None:
    """Make one account or person in the state."""
    database, now = context.database, context.clock.now()
    person = None
    if (
        state in ("person", "paused person", "person who left", "erased person", "shared address")
        or "list" in state
        or "of a person" in state
    ):
        person = a_person(database, email=email, shared=state == "shared address")
    if state == "admin who left":
        person = a_person(database, email=email)
    if "account" in state or "admin" in state or "leader" in state:
        number = make_account(database, [Role.ADMIN], now=now, email=email, person_id=person)
        if state != "account":
            give_password(context, number, email)
        if state in ("account", "leader with a password from before"):
            set_roles(database, number, [Role.LEADER], actor=AT_THE_SHELL, now=now)
        if state.startswith("ended"):
            end_account(database, number, actor=AT_THE_SHELL, now=now)
    with database.transaction() as connection:
        if "left" in state or "erased" in state:
            assert person is not None
            deactivate_people(connection, [person], now=now, by="file")
        if "erased" in state:
            connection.execute(sa.update(people).where(people.c.id == person).values(erased_at=now))
        if "paused" in state:
            connection.execute(sa.update(people).where(people.c.id == person).values(paused_until=now + timedelta(days=9)))


def in_force(context: SiteContext, begun: Begun) -> bool:
    with context.database.read() as connection:
        return find_session(connection, begun.token, context.clock.now()) is not None


def test_each_state_comes_in_by_its_ways_and_by_no_other(context: SiteContext, clock: FixedClock, own_links: list[OwnLink]) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now(), email="another@example.com")
    ways = Ways(context, own_links)
    for number, (state, opens) in enumerate(STATES.items()):
        email = f"somebody{number}@example.com"
        if state != "unknown":
            build(context, state, email)
        came = {way for way in ("link", "company", "password") if getattr(ways, way)(email) is not None}
        assert came == opens, state


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("way", ["link", "company", "password"])
def test_every_end_ends_the_session_however_it_began(context: SiteContext, clock: FixedClock, own_links: list[OwnLink], way: str) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now(), email="another@example.com")
    email = "ada@example.com"
    person = a_person(context.database, email=email)
    number = make_account(context.database, [Role.ADMIN], now=clock.now(), email=email, person_id=person)
    give_password(context, number, email)
    enter: Callable[[str], Begun | None] = getattr(Ways(context, own_links), way)

    def signed_out(begun: Begun) -> None:
        with context.database.transaction() as connection:
            end_session(connection, begun.token, now=clock.now())

    def left(_: Begun) -> None:
        with context.database.transaction() as connection:
            deactivate_people(connection, [person], now=clock.now(), by="file")

    ends: dict[str, Callable[[Begun], object]] = {
        "signed out": signed_out,
        "everywhere": lambda _: end_account_sessions(context.database, number, actor=AT_THE_SHELL, now=clock.now()),
        "left alone": lambda _: clock.advance(timedelta(hours=12)),
        "role given": lambda _: set_roles(context.database, number, [Role.ADMIN, Role.LEADER], actor=AT_THE_SHELL, now=clock.now()),
        "role taken": lambda _: set_roles(context.database, number, [Role.ADMIN], actor=AT_THE_SHELL, now=clock.now()),
        "left": left,
    }
    for name, end in ends.items():
        clock.advance(timedelta(minutes=2))
        begun = enter(email)
        assert begun is not None, name
        assert in_force(context, begun), name
        end(begun)
        assert not in_force(context, begun), name
    assert enter(email) is None  # who left does not come back


@pytest.mark.databases("sqlite")
def test_a_month_after_its_end_a_session_is_forgotten(context: SiteContext, clock: FixedClock) -> None:
    number = make_account(context.database, [Role.ADMIN], now=clock.now())
    sign_in(context.database, number, now=clock.now())
    for days, forgotten in ((29, 0), (2, 1), (1, 0)):
        clock.advance(timedelta(days=days))
        assert forget_old(context.database, now=clock.now()) == forgotten
