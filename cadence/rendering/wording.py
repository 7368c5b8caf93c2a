"""The sentences about one statement for one person: why it came, what became of it, how a measure stands.

Owns which sentence is said; the words themselves are in the word files. Shared by email and Slack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, DigestQuestion, MeasureReading
from cadence.domain.statements.statement import PLAIN
from cadence.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMeasure:
    """A scoreboard measure in the reader's language. ``percent``: the way from baseline to target, 0 to 100; None without a value."""

    name: str
    baseline: str
    value: str
    target: str
    #: the newest value with its unit and date
    note: str
    #: all of it as one line of text
    line: str
    percent: int | None


def why_line(words: Words, item: DigestItem, *, year: int, is_brief: bool = False) -> str:
    """Return why this statement is in this digest, and which showing of the quarter it is, in one or two sentences.

    year: that of the reader's date; a change in another year is told with it. is_brief: the day's wording is not shown with it.
    """
    is_reworded = item.wording_name != PLAIN and not is_brief
    why = _why(words, item.reason, item.times_sent_before <= 0, item.showing, is_reworded, item.changed_on, year)
    return f"{why} {item.changed}" if item.changed and item.changed_on is not None else why


@lru_cache(maxsize=4096)
def _why(words: Words, reason: str, is_first: bool, showing: int, is_reworded: bool, changed_on: date | None, year: int) -> str:
    on = "" if changed_on is None else words.date_seen_from(changed_on, year=year)
    nth = words.nth("showing", showing)
    if reason == "nudge":
        return words.say("nudge", showing=nth)
    if reason == "new_version" and on:
        return words.say("new_version", showing=nth, date=on)
    if is_first:
        return words.say("first_time")
    if on:
        return words.say("changed", showing=nth, date=on)
    return words.say("again_reworded" if is_reworded else "again", showing=nth)


#: statements a person answered before they are told how many they knew
TELLING = 3


def foot_line(words: Words, digest: Digest, company: str) -> str:
    """Return what the reader's knowing earned, once there is something to say; else why they get digests at all."""
    if digest.knew is not None and digest.knew[0] > 0 and digest.knew[1] >= TELLING and is_one_persons(digest):
        return words.say("known_when_asked", n=str(digest.knew[0]), of=str(digest.knew[1]))
    return because_line(words, digest.cadence_name, company)


def is_one_persons(digest: Digest) -> bool:
    """Return whether the message goes to one person, and not to a channel of Slack (C..., G...)."""
    return "@" in digest.address or not digest.address.startswith(("C", "G"))


def because_line(words: Words, cadence_name: str, company: str) -> str:
    """Return why this person gets digests at all."""
    if not cadence_name:
        return words.say("because_nameless", company=company)
    return words.say("because", cadence=cadence_name, company=company)


def show_measure(words: Words, measure: MeasureReading) -> ShownMeasure:
    """Return a measure as it is shown; the bar is clamped to its ends."""
    baseline, target = words.number(measure.baseline), words.number(measure.target)
    value = None if measure.value is None else words.number(measure.value)
    if value is None or measure.value_on is None:
        note = words.say("no_value") if value is None else f"{value} {measure.unit}".strip()
    elif measure.unit:
        note = words.say("measured_on", value=value, unit=measure.unit, date=words.long_date(measure.value_on))
    else:
        note = words.say("measured_without_unit", value=value, date=words.long_date(measure.value_on))
    return ShownMeasure(
        name=measure.name,
        baseline=baseline,
        value=value or "–",
        target=target,
        note=note,
        line=words.say("measure_line", name=measure.name, measured=note, baseline=baseline, target=target),
        percent=_percent(measure),
    )


def _percent(measure: MeasureReading) -> int | None:
    if measure.value is None or measure.target == measure.baseline:
        return None
    share = (measure.value - measure.baseline) / (measure.target - measure.baseline)
    return round(100 * min(1.0, max(0.0, share)))


#: measures of a scoreboard that a digest has room for; the page shows all
MOST_MEASURES = 3
#: what is chosen by the line "I don't remember", in links and forms
FORGOT_CHOICE = "forgot"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line to choose as readers see it: its letter, and what a link or a form names it by."""

    letter: str
    text: str
    choice: str


def shown_lines(question: CheckQuestion) -> tuple[ShownLine, ...]:
    """Return the lines of a question in the order of its message, A first."""
    return tuple(ShownLine(letter=chr(ord("A") + at), text=text, choice=str(at)) for at, text in enumerate(question.options))


def questions_asked(digest: Digest) -> tuple[DigestQuestion, ...]:
    """Return what the digest asks: its questions, and those that an old delivery asks about a statement it holds."""
    beneath = (
        DigestQuestion(
            statement_id=item.statement_id, slug=item.slug, kind=item.kind, title=item.title, version_id=item.version_id, check=item.check
        )
        for item in digest.items
        if item.check is not None
    )
    return (*digest.questions, *beneath)


def question_head(words: Words, digest: Digest, question: DigestQuestion) -> str:
    """Return the heading of a question."""
    if not digest.items and len(digest.questions) > 1:
        return words.say("question_of", n=str(digest.questions.index(question) + 1), of=str(len(digest.questions)))
    apart = digest.items and all(item.statement_id != question.statement_id for item in digest.items)
    return words.say("question_apart" if apart else "question")


def greeting_line(words: Words, digest: Digest) -> str:
    """Return the first line; a digest of questions alone says so in it."""
    name = digest.person_name.strip()
    greeting = words.say("greeting", name=digest.person_name) if name else words.say("greeting_nameless")
    return greeting if digest.items else f"{greeting} {words.count('opening', len(digest.questions))}"


def subject_line(words: Words, digest: Digest) -> str:
    """Return the subject of a mail: the news."""
    if not digest.items:
        return words.count("subject_questions", len(digest.questions))
    lead = digest.items[0]
    key = {"nudge": "subject_nudge", "new_version": "subject_changed"}.get(lead.reason, "subject_one")
    return words.say(key, title=lead.title)
