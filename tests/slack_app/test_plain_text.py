"""What a person typed into a command, out of what Slack sends of it."""

from __future__ import annotations

import pytest

from cadence.slack_app.plain_text import days_typed, typed

TYPED = {
    "Is <@U0000002|bo> &amp; <#C1|general> &lt;late&gt;?": "Is @bo & #general <late>?",
    "<@U0000002> knows": "@U0000002 knows",
    "<#C024BE7LR> is quiet": "#C024BE7LR is quiet",
    "<!here> and <!channel|@channel>": "@here and @channel",
    "<!subteam^S024BE7LR|@crew> too": "@crew too",
    "see <https://example.com/a_b|the plan>": "see the plan (https://example.com/a_b)",
    "see <https://example.com/a_b>": "see https://example.com/a_b",
    "see <https://example.com|https://example.com>": "see https://example.com",
    "write <mailto:bo@example.com|bo@example.com>": "write bo@example.com",
    "see <http://example.com|example.com>": "see example.com",
    "call <tel:+49301|+49301>": "call +49301",
    "a &amp;lt; b": "a &lt; b",
    "2 &lt; 3 and 5 &gt; 4": "2 < 3 and 5 > 4",
    "nothing special": "nothing special",
    "<>": "",
}


@pytest.mark.parametrize(("sent", "seen"), TYPED.items())
def test_marks_of_slack_become_what_was_on_the_screen(sent: str, seen: str) -> None:
    assert typed(sent) == seen


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("14", "14"),
        ("“14”", "14"),
        ("„14“", "14"),
        ("'14'", "14"),
        ("14 days", "14"),
        ("14\u00a0days", "14"),
        ("1 day", "1"),
        ("14d", "14"),
        ("14 Tage", "14"),
        ("2 weeks", "14"),
        ("2 Wochen", "14"),
        ("for 14 days", "14"),
        ("für 14 Tage", "14"),
        ("14 jours", "14"),
        ("2 semaines", "14"),
        ("durante 10 días", "10"),
        ("14 giorni", "14"),
        ("2 settimane", "14"),
        ("14 dagen", "14"),
        ("14日", "14"),
        ("2週間", "14"),
        ("14 天", "14"),
        ("2 недели", "14"),
        ("007", "7"),
        ("14 months", "14 months"),
        ("0", "0"),
        ("a while", "a while"),
        ("-3", "-3"),
        ("1e3", "1e3"),
        ("１４", "14"),
    ],
)
def test_a_number_of_days_is_understood_as_people_type_it(said: str, days: str) -> None:
    assert days_typed(said) == days
