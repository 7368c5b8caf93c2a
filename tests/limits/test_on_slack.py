"""The same limits hold for what goes out on Slack: caps by channel, and quiet hours that come after the plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from tests.limits.company import DAY, HOUR, MINUTE, MONDAY, Company, cadence

ANA = "U00000ANA"


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackStandIn]:
    """A workspace that the settings name."""
    user = StandInUser(id=ANA, name="Ana", email="ana@example.com")
    with SlackStandIn([user], bot_token="xoxb-test", signing_secret="stand-in secret") as running:
        for name, value in (("BOT_TOKEN", "xoxb-test"), ("API_URL", running.api_url), ("PER_SECOND", "3")):
            monkeypatch.setenv(f"CADENCE_SLACK__{name}", value)
        yield running


def on_both(name: str, *, more: str = "") -> str:
    return cadence(name, more=more).replace('channels = ["email"]', 'channels = ["slack", "email"]')


def test_a_cap_counts_what_went_out_on_its_channel(company: Company, slack: SlackStandIn) -> None:
    """One message a week on Slack: the digest of Tuesday does not slip out by mail instead, that of a mail cadence goes."""
    company.statements("maple", "orchid")
    company.people("ana", slack_user_id=ANA)
    limits = '[limits]\nmin_gap_days = 0\ndigests_per_week = 14\n[[limits.rules]]\nat_most = 1\nchannels = ["slack"]\n'
    company.cadences(limits + on_both("daily") + cadence("wednesday", days=["wed"], at="15:00"))

    company.ticks(MONDAY, days=2)
    assert (len(slack.messages(ANA)), len(company.mails())) == (1, 0)
    company.tick(MONDAY + 2 * DAY + 6 * HOUR)
    assert (len(slack.messages(ANA)), len(company.mails())) == (1, 1)
    company.tick(MONDAY + 7 * DAY)
    assert (len(slack.messages(ANA)), len(company.mails())) == (2, 1)


def test_quiet_hours_hold_a_message_that_is_planned(sqlite_company: Company, slack: SlackStandIn) -> None:
    nine, opens = MONDAY - 30 * MINUTE, MONDAY + 6 * HOUR
    sqlite_company.statement("maple")
    sqlite_company.people("ana", slack_user_id=ANA)
    sqlite_company.cadences(on_both("daily", more="window_minutes = 240"))
    sqlite_company.tick(nine)
    sqlite_company.cadences('[limits]\nquiet_hours = "09:00-15:30"\n' + on_both("daily", more="window_minutes = 240"), at=nine)

    sqlite_company.tick(opens - MINUTE)
    assert slack.messages(ANA) == []
    sqlite_company.tick(opens)
    assert len(slack.messages(ANA)) == 1
