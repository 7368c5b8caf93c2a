"""The one thing a leader should do next: the first that applies, never a list. Decided from the report; nothing is read here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
#: "Not now" hides a thing for so long
PUT_OFF_FOR = timedelta(days=7)
#: fewer wordings repeat themselves soon
_WORDINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What to do, why, and where; ``link`` is empty where there is nothing to press. ``subject``: stable, empty for what stays."""

    title: str
    subject: str = ""
    text: str = ""
    link: str = ""
    button: str = ""


def next_thing(
    words: Words,
    report: Report,
    *,
    trouble: str,
    health: Sequence[QuestionHealth],
    oldest_question: datetime | None,
    next_digest: str,
    put_off: Collection[str] = (),
) -> Next:
    """Return the next thing to do. ``trouble``: why sending has stopped; ``next_digest``: a sentence, empty when nothing is planned.

    put_off: subjects that the reader does not want to see for now; that sending has stopped cannot be put off.
    """
    if trouble:
        return Next(title=words.say("next_trouble"), text=words.say("trouble", reason=trouble))
    found = _all_things(words, report, health=health, oldest_question=oldest_question)
    return next((one for one in found if one.subject not in put_off), Next(title=words.say("next_nothing"), text=next_digest))


def _all_things(words: Words, report: Report, *, health: Sequence[QuestionHealth], oldest_question: datetime | None) -> Iterator[Next]:
    wanted = [line for line in report.statements if is_wanted(line)]
    first_ever = not any(line.projection_gap for line in report.statements)
    if len(wanted) >= _MANY_ESTIMATES or (wanted and first_ever):
        yield Next(
            subject="guess",
            title=words.count("next_estimates", len(wanted)),
            text=words.say("next_estimates_why"),
            link="/guess",
            button=words.say("next_estimates_button"),
        )
    seen = {line.slug for line in report.statements if not is_wanted(line)}
    yield from (_say_differently(words, one) for one in health if one.misread_line and one.slug in seen)
    yield from (_say_again(words, alarm) for alarm in report.alarms if alarm.code == "silent")
    if oldest_question is not None and report.at - oldest_question >= _PATIENCE:
        yield Next(
            subject="questions",
            title=words.say("next_question"),
            text=words.count("next_question_why", (report.at - oldest_question).days),
            link="/questions",
            button=words.say("next_question_button"),
        )
    for line in report.statements:
        if line.wordings < _WORDINGS:
            yield Next(
                subject=f"wordings {line.slug}",
                title=words.say("next_wording", title=line.title),
                text=words.say("next_wording_why"),
                link=f"/statements/{quote(line.slug, safe='')}#wordings",
                button=words.say("next_wording_button"),
            )


def _say_differently(words: Words, one: QuestionHealth) -> Next:
    return Next(
        subject=f"misread {one.slug}",
        title=words.say("next_misread", title=one.title),
        text=words.say("misread", line=one.misread_line),
        link=f"/statements/{quote(one.slug, safe='')}#instead",
        button=words.say("next_misread_button"),
    )


def _say_again(words: Words, alarm: Alarm) -> Next:
    return Next(
        subject=f"quiet {alarm.slug}",
        title=words.say("next_quiet", title=alarm.title),
        text=tell_alarm(words, alarm),
        link=f"/statements/{quote(alarm.slug, safe='')}",
        button=words.say("next_quiet_button"),
    )
