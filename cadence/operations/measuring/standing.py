"""Where one statement stands, in words: estimate and figure, what people knew before, and one click deeper how that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.bounds import could_be
from cadence.domain.measuring.figures import Figure, FigureKind
from cadence.domain.planning.calendars import zone
from cadence.operations.measuring.estimate_words import Round, rounds_before, tell_estimate
from cadence.operations.measuring.estimates import Estimate
from cadence.operations.measuring.figure_words import as_sentence, tell_figure
from cadence.operations.measuring.gaps import Gap
from cadence.operations.measuring.reported import StatementReport
from cadence.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStanding:
    """What the page of a statement says of knowing it. Numbers are None where they may not be said."""

    heading: str
    sentence: str
    estimate: int | None
    value: int | None
    low: int | None
    high: int | None
    #: what could be true of everyone who was told, and in words; None and empty where it is not told
    could: tuple[int, int] | None
    could_sentence: str
    #: what people knew before, what they believe
    beside: tuple[str, ...]
    #: how it is known
    details: tuple[str, ...]
    #: released steps, newest first
    steps: tuple[tuple[datetime, str], ...]
    rounds: tuple[Round, ...]


def standing(words: Words, line: StatementReport, estimates: Sequence[Estimate], *, zone_name: str) -> StatementStanding:
    """Return where a statement stands. ``estimates``: all that were made, newest first."""

    def told(figure: Figure) -> str:
        return tell_figure(words, figure, zone_name=zone_name)

    gap = line.projection_gap
    current = line.know_it if gap is None else gap.figure
    said = current if current is not None and current.is_said else None
    could = None if said is None or said.kind is not FigureKind.KNOW_IT else could_be(said)
    alone = "" if current is None else as_sentence(told(current))
    return StatementStanding(
        heading=_heading(words, gap, said),
        sentence=alone if gap is None else tell_estimate(words, gap, zone_name=zone_name),
        estimate=None if gap is None else gap.estimate,
        value=None if said is None else said.value,
        low=None if said is None else said.low,
        high=None if said is None else said.high,
        could=could,
        could_sentence=_could(words, said, could),
        beside=tuple(_beside(words, line, gap, zone_name)),
        details=tuple(_details(words, line.know_it, zone_name)),
        steps=tuple((figure.released_at, told(figure)) for figure in line.history if figure.released_at is not None),
        rounds=tuple(rounds_before(words, estimates, zone_name=zone_name)),
    )


def _could(words: Words, figure: Figure | None, could: tuple[int, int] | None) -> str:
    if figure is None or could is None or figure.told is None or figure.answered is None or figure.told == figure.answered:
        return ""
    return words.count("could_be", figure.told - figure.answered, low=str(could[0]), high=str(could[1]))


def _heading(words: Words, gap: Gap | None, said: Figure | None) -> str:
    when = "start" if gap is not None and gap.is_at_start else "today"
    if said is None:
        known = words.say("stands_unknown")
    elif said.value is None:
        known = words.say(f"stands_range_{when}", low=str(said.low), high=str(said.high))
    else:
        known = words.say(f"stands_value_{when}", value=str(said.value))
    return known if gap is None else f"{words.say('gap_estimate', estimate=str(gap.estimate))} {known}"


def _beside(words: Words, line: StatementReport, gap: Gap | None, zone_name: str) -> list[str]:
    found = []
    if line.before is not None and not (gap is not None and gap.is_at_start):
        if line.before.is_said:
            found.append(as_sentence(tell_figure(words, line.before, zone_name=zone_name)))
        elif line.before.released_at is not None:
            found.append(words.say("before_unknown"))
    if line.belief is not None and line.belief.is_said:
        found.append(as_sentence(tell_figure(words, line.belief, zone_name=zone_name)))
    return found


def _details(words: Words, figure: Figure | None, zone_name: str) -> list[str]:
    if figure is None or figure.people is None or figure.told is None:
        return [words.say("known_rule")]
    counts = {"people": words.number(figure.people), "told": words.number(figure.told)}
    if figure.answered is None:
        found = [words.say("known_few", **counts)]
    else:
        key = "known_so_far" if figure.released_at is None else "known_counts"
        found = [words.say(key, **counts, answered=words.number(figure.answered))]
    if figure.is_said:
        found += [words.say("known_recall"), words.say("known_wide")]
    if figure.released_at is not None:
        found.append(words.say("known_since", date=words.short_day(figure.released_at.astimezone(zone(zone_name)).date())))
    return [*found, words.say("known_rule")]
