"""A relay's bad day suspends nobody: refusals in real conversations, judged against what others got in the same run.

Replies are in the style of what servers say; each is given to everybody, to some, or to one for a week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.operations.running.notices import list_notices
from cadence.operations.running.tick import TickReport, send_due
from cadence.operations.sending.outbox import Outbox
from cadence.store.database.core import addresses, deliveries
from cadence.store.database.engine import Database
from tests.channels.smtp_faults import RIGHT, FaultySmtp
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import an_outbox, delivery_row

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class Company:
    """People whose mails go to a server that says what a test wrote down, tick by tick."""

    database: Database
    people: int = 30
    connections: int = 1
    domains: tuple[str, ...] = ("example.com",)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    sent_to: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statement = a_statement(self.database)
        self.cadence = a_cadence(self.database)
        self.emails = [f"p{i}@{self.domains[i % len(self.domains)]}" for i in range(self.people)]
        self.ids = {email: a_person(self.database, email=email) for email in self.emails}
        self.outbox: Outbox | None = None

    def plan(self, *, only: Any = None, lasts: timedelta = DAY) -> list[int]:
        """Plan a digest for everybody, or for some."""
        now = self.clock.now()
        occurrence = an_occurrence(self.database, self.cadence, state="planned", at=now)
        return [
            a_delivery(
                self.database,
                self.ids[email],
                [self.statement],
                state="planned",
                occurrence_id=occurrence,
                at=now,
                expires_at=now + lasts,
            )
            for email in (only or self.emails)
        ]

    def send(self, says: dict[str, Any]) -> list[str]:
        """Do what a tick does, with a server that says so; return who got a mail."""
        with FaultySmtp(says) as server:
            settings = SmtpServer(host="127.0.0.1", port=server.port, tls="off", helo="tests.example.com", connections=self.connections)
            outbox = an_outbox(self.database, self.clock, SmtpTransport(settings))  # type: ignore[arg-type]
            send_due(outbox, report=TickReport())
            outbox.close()
            self.tried = [c for c in server.commands if c.lower().startswith("rcpt")]
            self.most_tries = max((self.tried.count(c) for c in self.tried), default=0)
            return [self._whom(text) for text in server.taken]

    def _whom(self, text: bytes) -> str:
        public_id = text.partition(b"<")[2].partition(b"@")[0].decode()
        with self.database.read() as connection:
            person = connection.execute(sa.select(deliveries.c.person_id).where(deliveries.c.public_id == public_id)).scalar_one()
        return next(email for email, number in self.ids.items() if number == person)

    def send_for(self, hours: float, says: dict[str, Any]) -> list[str]:
        """Send every five minutes for some hours."""
        taken = []
        for _ in range(int(hours * 12)):
            taken += self.send(says)
            self.clock.advance(5 * MINUTE)
        return taken

    def suspended(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(addresses.c.value).where(addresses.c.suspended_at.is_not(None))).scalars())

    def score(self, email: str) -> float:
        with self.database.read() as connection:
            return float(connection.execute(sa.select(addresses.c.failure_score).where(addresses.c.value == email)).scalar_one())

    def counted(self) -> float:
        with self.database.read() as connection:
            return float(connection.execute(sa.select(sa.func.sum(addresses.c.failure_score))).scalar_one())

    def states(self, planned: list[int]) -> dict[str, int]:
        found = [delivery_row(self.database, delivery).state for delivery in planned]
        return {state: found.count(state) for state in set(found)}

    def notices(self) -> list[str]:
        with self.database.read() as connection:
            return sorted(notice.code for notice in list_notices(connection))


@pytest.fixture
def company(sqlite_url: str) -> Iterator[Callable[..., Company]]:
    """Make a company on SQLite."""
    made: list[Company] = []

    def make(**given: Any) -> Company:
        made.append(Company(Database(sqlite_url), **given))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


def to(whom: set[str], reply: bytes, otherwise: bytes = RIGHT["rcpt"]) -> Callable[[str], bytes]:
    """Return what a server says that refuses some recipients."""
    return lambda recipient: reply if recipient in whom else otherwise


#: phase, reply: said to everybody
EVERYBODY = [
    ("rcpt", b"550 relay not permitted\r\n"),
    ("rcpt", b"503 This mail server requires authentication when attempting to send to a non-local e-mail address\r\n"),
    ("rcpt", b"550-Verification failed for <cadence@example.com>\r\n550-No Such User Here\r\n550 Sender verify failed\r\n"),
    ("rcpt", b"550 5.1.1 The email account that you tried to reach does not exist.\r\n"),
    ("rcpt", b"550 no such user\r\n"),
    ("rcpt", b"550 5.2.1 mailbox disabled\r\n"),
    ("rcpt", b"552 5.2.2 mailbox full\r\n"),
    ("rcpt", b"550 5.4.1 Recipient address rejected: Access denied. AS(201806281)\r\n"),
    ("rcpt", b"550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized\r\n"),
    ("rcpt", b"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\r\n"),
    ("rcpt", b"550 what\r\n"),
    ("rcpt", b"501 Syntax error, bad recipient\r\n"),
    ("rcpt", b"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.test\r\n"),
    ("rcpt", b"551 5.1.6 moved\r\n"),
    ("rcpt", b"454 4.7.1 Relay access denied\r\n"),
    ("rcpt", b"451 4.3.0 our database is down\r\n"),
    ("data", b"554 5.5.1 no valid recipients\r\n"),
    ("dot", b"554 5.7.1 Message rejected: looks like spam\r\n"),
    ("dot", b"550 5.1.1 nobody\r\n"),
    ("dot", b"552 5.3.4 too big\r\n"),
    ("dot", b"554 5.6.0 bad content\r\n"),
    ("dot", b"554 transaction failed\r\n"),
    ("mail", b"550 5.7.1 sender not allowed\r\n"),
    ("mail", b"550 5.1.1 no such user\r\n"),
    ("greeting", b"554 5.3.2 no\r\n"),
]


@pytest.mark.parametrize(("phase", "reply"), EVERYBODY, ids=[f"{p}-{r[:30].decode().strip()}" for p, r in EVERYBODY])
def test_what_a_server_says_to_everybody_suspends_nobody_loses_nothing_and_the_next_good_day_sends(
    company: Callable[..., Company], phase: str, reply: bytes
) -> None:
    people = company(people=30)
    planned = people.plan()
    assert people.send({phase: reply}) == []
    assert len(people.tried) <= 21, "everybody was not asked"
    for _ in range(3):
        people.clock.advance(5 * MINUTE)
        assert people.send({phase: reply}) == []
        assert len(people.tried) <= 21
    assert people.states(planned) == {"planned": 30}
    assert (people.suspended(), people.counted(), people.notices()) == ([], 0.0, ["channel_paused"])

    people.clock.advance(70 * MINUTE)
    taken = people.send({}) + people.send({})
    assert sorted(taken) == sorted(people.emails)
    assert (people.states(planned), people.suspended(), people.counted(), people.notices()) == ({"sent": 30}, [], 0.0, [])


@pytest.mark.parametrize("reply", [b"550 relay not permitted\r\n", b"454 4.7.1 Relay access denied\r\n"])
def test_the_admin_is_told_what_to_change_whatever_the_code_of_the_reply(company: Callable[..., Company], reply: bytes) -> None:
    people = company(people=30)
    people.plan()
    people.send({"rcpt": reply})
    with people.database.read() as connection:
        (notice,) = list_notices(connection)
    assert (notice.code, "relay for this machine" in notice.remedy) == ("channel_paused", True)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
@pytest.mark.parametrize("reply", [b"550 5.1.1 no such user\r\n", b"550 what\r\n", b"552 5.2.2 full\r\n", b"550 relay not permitted\r\n"])
def test_a_small_company_is_protected_too(company: Callable[..., Company], count: int, reply: bytes) -> None:
    people = company(people=count)
    planned = people.plan()
    for _ in range(12):
        people.send({"rcpt": reply})
        people.clock.advance(5 * MINUTE)
    assert (people.suspended(), people.counted(), people.states(planned)) == ([], 0.0, {"planned": count})
    people.clock.advance(30 * MINUTE)
    assert len(people.send({}) + people.send({})) == count
    assert people.notices() == []


@pytest.mark.parametrize("reply", [b"550 5.1.1 no such user\r\n", b"550 what\r\n", b"552 5.2.2 full\r\n", b"554 5.7.1 blocked\r\n"])
@pytest.mark.parametrize("good", [1, 50])
def test_a_server_that_turns_bad_in_the_middle_of_a_run_harms_nobody(company: Callable[..., Company], good: int, reply: bytes) -> None:
    people = company(people=80)
    planned = people.plan()
    assert len(people.send({"rcpt": [*[RIGHT["rcpt"]] * good, reply]})) == good
    people.clock.advance(5 * MINUTE)
    people.send({"rcpt": reply})
    assert (people.suspended(), people.counted()) == ([], 0.0)
    assert people.states(planned) == {"sent": good, "planned": 80 - good}
    people.clock.advance(70 * MINUTE)
    people.send({})
    people.send({})
    assert people.states(planned) == {"sent": 80}


@pytest.mark.parametrize(
    "says",
    [
        {"rcpt": b"451 4.3.0 our database is down\r\n"},
        {"rcpt": b"450 4.7.1 greylisted\r\n"},
        {"greeting": b"421 4.3.2 overloaded\r\n"},
        {"dot": b"452 4.3.1 no room\r\n"},
    ],
    ids=["recipients", "greylisted", "greeting", "text"],
)
def test_a_server_that_puts_everybody_off_for_half_a_day_loses_no_digest(company: Callable[..., Company], says: dict[str, Any]) -> None:
    people = company(people=4)
    planned = people.plan(lasts=2 * DAY)
    for _ in range(11):  # a counted try would be the eighth in the end
        people.send(says)
        people.clock.advance(40 * MINUTE)
    assert people.states(planned) == {"planned": 4}
    people.clock.set(NOW + DAY)
    assert len(people.send({}) + people.send({})) == 4
    assert (people.suspended(), people.counted()) == ([], 0.0)


RESTRICTED = [
    b"550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized\r\n",
    b"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required\r\n",
    b"550 5.7.124 Sender not in allowed-senders list\r\n",
    b"550 You are not authorized to send to this group\r\n",
]


@pytest.mark.parametrize("reply", RESTRICTED)
@pytest.mark.parametrize("where", ["first", "last", "spread"])
def test_a_rule_of_some_mailboxes_delays_only_their_messages(company: Callable[..., Company], reply: bytes, where: str) -> None:
    people = company(people=60)
    strict = set({"first": people.emails[:13], "last": people.emails[-13:], "spread": people.emails[::5]}[where])
    people.plan()
    taken = people.send({"rcpt": to(strict, reply)})
    assert sorted(taken) == sorted(set(people.emails) - strict), "in the same tick"
    assert (people.suspended(), people.counted()) == ([], 0.0)
    assert "channel_paused" not in people.notices()
    assert people.notices() == ["mailbox_restricted"] * len(strict)
    people.clock.advance(5 * MINUTE)
    assert sorted(people.send({})) == sorted(strict)
    assert people.notices() == [], "their mail was taken since"


@pytest.mark.parametrize(
    "reply",
    [
        b"550 relay not permitted\r\n",
        b"550 5.7.1 Message rejected by policy\r\n",
        b"550 Sender verify failed\r\n",
        b"554 5.7.1 Client host blocked using dnsbl.test\r\n",
    ],
)
def test_a_refusal_of_us_that_one_mailbox_says_delays_nobody_else(company: Callable[..., Company], reply: bytes) -> None:
    people = company(people=40)
    people.plan()
    taken = people.send({"rcpt": to({"p7@example.com"}, reply)})
    assert len(taken) == 39
    assert (people.suspended(), people.notices()) == ([], ["mail_policy"])
    people.clock.advance(5 * MINUTE)
    assert people.send({}) == ["p7@example.com"]


WEEK = [
    ("eop-5.4.1", b"550 5.4.1 Recipient address rejected: Access denied. AS(201806281)\r\n"),
    ("rcpt-501", b"501 Syntax error, bad recipient\r\n"),
    ("unknown", b"550 what\r\n"),
    ("553", b"553 mailbox name not allowed\r\n"),
    ("stock", b"550 Requested action not taken: mailbox unavailable\r\n"),
    ("outlook", b"550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).\r\n"),
]


@pytest.mark.parametrize(("name", "reply"), WEEK, ids=[w[0] for w in WEEK])
@pytest.mark.parametrize("others", [True, False], ids=["others-are-taken", "alone"])
def test_what_one_mailbox_says_every_day_counts_against_it_and_the_admin_is_told(
    company: Callable[..., Company], name: str, reply: bytes, others: bool
) -> None:
    people = company(people=12 if others else 1)
    who = people.emails[0]
    told = []
    for day in range(7):
        people.clock.set(NOW + day * DAY)
        people.plan(lasts=8 * 60 * MINUTE)
        taken = people.send({"rcpt": to({who}, reply)})
        # a digest of yesterday that was put off ends first, and holds up today's for a minute
        people.clock.advance(MINUTE)
        taken += people.send({"rcpt": to({who}, reply)})
        assert len(taken) == len(people.emails) - 1
        told.append(people.notices())
        if people.suspended():
            break
    assert told[0] == [], "once is no reason to call anybody"
    assert told[1] == ["address_failing"]
    assert (people.suspended(), told[-1]) == ([who], ["address_suspended"])
    assert len(told) in (4, 5)


LATER = [
    b"550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered\r\n",
    b"450 4.2.1 The user you are trying to contact is receiving mail too quickly\r\n",
    b"550 mailbox busy, please try again later\r\n",
    b"554 5.7.1 greylisted, retry in 5 minutes\r\n",
]


@pytest.mark.parametrize("reply", LATER)
def test_a_mailbox_that_asks_for_time_gets_the_mail_later_and_is_not_suspended(company: Callable[..., Company], reply: bytes) -> None:
    people = company(people=4)
    people.plan()
    assert len(people.send({"rcpt": to({"p1@example.com"}, reply)})) == 3
    people.clock.advance(5 * MINUTE)
    assert people.send({}) == ["p1@example.com"]
    assert (people.suspended(), people.counted(), people.notices()) == ([], 0.0, [])


@pytest.mark.parametrize(
    "reply", [b"550 5.1.1 user unknown\r\n", b"550 no such user\r\n", b"550 mailbox does not exist\r\n", b"550 5.2.1 account disabled\r\n"]
)
@pytest.mark.parametrize("place", [0, 3, 29])
def test_a_dead_address_among_good_ones_is_suspended_at_once(company: Callable[..., Company], reply: bytes, place: int) -> None:
    people = company(people=30)
    planned = people.plan()
    assert len(people.send({"rcpt": to({people.emails[place]}, reply)})) == 29
    assert (people.suspended(), people.notices()) == ([people.emails[place]], ["address_suspended"])
    assert people.states(planned) == {"sent": 29, "failed": 1}


def test_when_many_are_refused_between_others_no_more_than_ten_are_suspended_in_a_day_and_the_rest_waits(
    company: Callable[..., Company],
) -> None:
    people = company(people=40)
    planned = people.plan()
    dead = set(people.emails[1::2])
    assert len(people.send({"rcpt": to(dead, b"550 5.1.1 no such user\r\n")})) == 20
    assert len(people.suspended()) == 10
    assert people.states(planned) == {"sent": 20, "failed": 10, "planned": 10}
    assert "bounce_storm" in people.notices()
    people.clock.advance(5 * MINUTE)
    people.send({"rcpt": to(dead, b"550 5.1.1 no such user\r\n")})
    assert (len(people.suspended()), people.counted()) == (10, 10.0)
    people.clock.advance(70 * MINUTE)
    assert len(people.send({}) + people.send({})) == 10


def test_a_domain_with_a_bad_day_loses_no_address_while_others_are_taken(company: Callable[..., Company]) -> None:
    people = company(people=40, domains=("example.com", "partner.test"))
    partner = {email for email in people.emails if email.endswith("partner.test")}
    planned = people.plan()
    assert len(people.send({"rcpt": to(partner, b"550 5.1.1 no such user\r\n")})) == 20
    assert (people.suspended(), people.notices()) == ([], ["domain_failing"])
    assert people.states(planned) == {"sent": 20, "planned": 20}
    people.clock.advance(5 * MINUTE)
    assert len(people.send({})) == 20
    assert people.notices() == []


@pytest.mark.parametrize("connections", [1, 5])
def test_when_each_has_a_time_of_their_own_a_bad_day_is_seen_from_the_second_on_and_the_first_is_taken_back(
    company: Callable[..., Company], connections: int
) -> None:
    """Each run has one mail."""
    people = company(people=12, connections=connections)
    for email in people.emails:
        people.plan(only=[email])
        people.send({"rcpt": b"550 5.1.1 no such user\r\n"})
        people.clock.advance(6 * MINUTE)
    assert (people.suspended(), people.counted(), people.notices()) == ([], 0.0, ["channel_paused"])
    people.clock.advance(30 * MINUTE)
    assert len(people.send({}) + people.send({})) >= 11
