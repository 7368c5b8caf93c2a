"""The one thing a leader should do next: the first that applies, never a list. Decided from the report; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from cadence.operations.measuring.alarms import Alarm, tell_alarm
from cadence.operations.measuring.estimate_words import is_wanted
from cadence.operations.measuring.question_health import QuestionHealth
from cadence.operations.measuring.report import Report
from cadence.rendering.words import Words

#: fewer estimates than these are asked for in their rows alone, once there is any
_MANY_ESTIMATES = 3
#: a question that waits longer is the next thing
_PATIENCE = timedelta(days=3)
#: fewer wordings repeat themselves soon
_WORDINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What to do, why, and where; ``link`` is empty where there is nothing to press."""

    title: str
    text: str = ""
    link: str = ""
    button: str = ""


def next_thing(
    words: Words, report: Report, *, trouble: str, health: Sequence[QuestionHealth], oldest_question: datetime | None, next_digest: str
) -> Next:
    """Return the next thing to do. ``trouble``: why sending has stopped; ``next_digest``: a sentence, empty when nothing is planned."""
    wanted = [line for line in report.statements if is_wanted(line)]
    first_ever = not any(line.projection_gap for line in report.statements)
    if trouble:
        return Next(title=words.say("next_trouble"), text=words.say("trouble", reason=trouble))
    if len(wanted) >= _MANY_ESTIMATES or (wanted and first_ever):
        return Next(
            title=words.count("next_estimates", len(wanted)),
            text=words.say("next_estimates_why"),
            link="/guess",
            button=words.say("next_estimates_button"),
        )
    seen = {line.slug for line in report.statements if not is_wanted(line)}
    misread = next((one for one in health if one.misread_line and one.slug in seen), None)
    if misread is not None:
        return _say_differently(words, misread)
    quiet = next((alarm for alarm in report.alarms if alarm.code == "silent"), None)
    if quiet is not None:
        return _say_again(words, quiet)
    if oldest_question is not None and report.at - oldest_question >= _PATIENCE:
        return Next(
            title=words.say("next_question"),
            text=words.count("next_question_why", (report.at - oldest_question).days),
            link="/questions",
            button=words.say("next_question_button"),
        )
    few = next((line for line in report.statements if line.wordings < _WORDINGS), None)
    if few is not None:
        return Next(
            title=words.say("next_wording", title=few.title),
            text=words.say("next_wording_why"),
            link=f"/statements/{quote(few.slug, safe='')}#wordings",
            button=words.say("next_wording_button"),
        )
    return Next(title=words.say("next_nothing"), text=next_digest)


def _say_differently(words: Words, one: QuestionHealth) -> Next:
    return Next(
        title=words.say("next_misread", title=one.title),
        text=words.say("misread", line=one.misread_line),
        link=f"/statements/{quote(one.slug, safe='')}#instead",
        button=words.say("next_misread_button"),
    )


def _say_again(words: Words, alarm: Alarm) -> Next:
    return Next(
        title=words.say("next_quiet", title=alarm.title),
        text=tell_alarm(words, alarm),
        link=f"/statements/{quote(alarm.slug, safe='')}",
        button=words.say("next_quiet_button"),
    )
