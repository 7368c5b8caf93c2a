"""The calibration in sentences, for the page and the command."""

from __future__ import annotations

from cadence.domain.planning.calendars import zone
from cadence.operations.measuring.calibration import LEAST_ANSWERS, LEAST_WORDS, Calibration, ComparedSlice
from cadence.rendering.words import Words


def tell_calibration(words: Words, found: Calibration, *, zone_name: str = "UTC") -> list[str]:
    """Return what is known of how far the figures can be trusted, a sentence each, the most important first."""
    date = words.short_day(found.as_of.astimezone(zone(zone_name)).date())
    told = [words.say("calibration_as_of", date=date), *_held_out(words, found), *_selection(words, found), _recall(words, found)]
    return [*told, *(_slice(words, one) for one in found.slices)]


def _held_out(words: Words, found: Calibration) -> list[str]:
    one = found.held_out
    if one is None:
        return [words.say("calibration_few", least=str(LEAST_ANSWERS))]
    losses = {"figures": f"{one.figures:.2f}", "constant": f"{one.constant:.2f}", "model": f"{one.model:.2f}"}
    counts = {"answers": words.number(one.answers), "people": words.number(one.people)}
    judged = words.say("calibration_beats" if one.beats_constant else "calibration_not", **losses)
    lines = [words.say("calibration_halves", **counts), judged]
    if one.tried:
        lines.append(words.count("calibration_held", one.tried, held=words.number(one.held)))
    return lines


def _selection(words: Words, found: Calibration) -> list[str]:
    if found.selection is None:
        return []
    return [words.say("calibration_selection" if found.selection else "calibration_unselected")]


def _recall(words: Words, found: Calibration) -> str:
    if found.own_words is None:
        return words.say("calibration_recall_unknown", least=str(LEAST_WORDS))
    return words.say("calibration_recall", said=words.number(found.own_words.said), could=str(found.own_words.could))


def _slice(words: Words, one: ComparedSlice) -> str:
    each = {"slug": one.statement, "fixed": words.number(one.fixed_each), "adaptive": words.number(one.adaptive_each)}
    if one.points is None:
        return words.say("calibration_slice_few", **each)
    return words.say("calibration_slice", **each, points=str(one.points), low=str(one.low), high=str(one.high))
