"""The report as plain JSON values: what ``cadence report --json`` prints and the API answers. Documented in docs/report.md."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from cadence.operations.measuring.estimate_words import tell_estimate, tell_overall
from cadence.operations.measuring.figure_words import plain_figure
from cadence.operations.measuring.gaps import Gap, OverallGap
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.reported import SegmentReport, StatementReport, TeamReport
from cadence.rendering.words import english

#: keys of a line that hold a figure
FIGURES = ("know_it", "before", "belief")


def plain_report(report: Report) -> dict[str, Any]:
    """Return plain JSON values: instants as ISO 8601 with offset, counts with their part, figures in whole percent."""
    told = {field.name: getattr(report, field.name) for field in fields(report)}
    return {
        **{name: _plain(value) for name, value in told.items() if name not in ("statements", "projection_gap", "alarms", "reached")},
        "reached": None if report.reached is None else _plain(asdict(report.reached)),
        "statements": [_line(line) for line in report.statements],
        "projection_gap": plain_overall(report.projection_gap),
        "alarms": [{"code": one.code, "slug": one.slug, "sentence": one.sentence} for one in report.alarms],
    }


def plain_figures(report: Report) -> dict[str, Any]:
    """Return the released figures alone: of each statement, its teams and its segments."""
    return {
        "at": report.at.isoformat(),
        "projection_gap": plain_overall(report.projection_gap),
        "statements": [_known(line) for line in report.statements],
    }


def _known(line: StatementReport) -> dict[str, Any]:
    told = _line(line)
    return {
        **{name: told[name] for name in ("slug", "title", "audience", "people", *FIGURES, "history", "projection_gap", "segments")},
        "teams": [{"team": t.team, "hidden": t.hidden, "know_it": plain_figure(t.know_it)} for t in line.teams],
    }


def plain_gap(gap: Gap | None) -> dict[str, Any] | None:
    """Return JSON values; whole percent and points."""
    if gap is None:
        return None
    return {
        "estimate": gap.estimate,
        "made_at": gap.made_at.isoformat(),
        "made_by": gap.made_by,
        "against": gap.figure.kind.value,
        "points": gap.points,
        "low": gap.low,
        "high": gap.high,
        "exceeds_ten_points": None if gap.exceeds_ten_points is None else round(gap.exceeds_ten_points, 4),
        "sentence": tell_estimate(english("leader"), gap),
    }


def plain_overall(found: OverallGap | None) -> dict[str, Any] | None:
    """Return JSON values; whole percent and points."""
    if found is None:
        return None
    return {
        "statements": found.statements,
        "of": found.of,
        "against": "from_elsewhere" if found.at_start else "know_it",
        "estimate": found.estimate,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "points": found.points,
        "sentence": tell_overall(english("leader"), found),
    }


def _line(line: StatementReport) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for field in fields(line):
        value = getattr(line, field.name)
        if field.name in FIGURES:
            plain[field.name] = plain_figure(value)
        elif field.name == "teams":
            plain["teams"] = [_team(one) for one in value]
        elif field.name == "segments":
            plain["segments"] = [_segment(one) for one in value]
        elif field.name == "history":
            plain["history"] = [plain_figure(figure) for figure in value]
        elif field.name == "projection_gap":
            plain["projection_gap"] = plain_gap(value)
        elif field.name == "asked":
            plain["asked"] = None if value is None else {"why": value.why.value, "last_at": _plain(value.last_at)}
        else:
            plain[field.name] = _plain(asdict(value) if hasattr(value, "__dataclass_fields__") else value)
    return plain


def _team(team: TeamReport) -> dict[str, Any]:
    return {**_plain({name: value for name, value in asdict(team).items() if name != "know_it"}), "know_it": plain_figure(team.know_it)}


def _segment(one: SegmentReport) -> dict[str, Any]:
    return {"kind": one.group.kind, "name": one.group.name, "know_it": plain_figure(one.know_it)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        plain = {key: _plain(entry) for key, entry in value.items()}
        if plain.keys() == {"n", "of"}:
            plain["share"] = round(plain["n"] / plain["of"], 4) if plain["of"] else None
        return plain
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
