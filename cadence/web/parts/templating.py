"""The templates of the pages: everything stored is escaped, a name that is missing is an error, nothing is compiled per request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from cadence.operations.measuring.report import Share
from cadence.rendering.markdown import to_html
from cadence.rendering.telling import tell_day, tell_instant, times

HERE = Path(__file__).parent.parent

Render = Callable[..., HTMLResponse]

#: what a kind is called on pages: one and many
KINDS = {
    "purpose": ("Purpose", "Purpose"),
    "vision": ("Vision", "Vision"),
    "value": ("Value", "Core values"),
    "strategy": ("Strategy", "Strategies"),
    "priority": ("Priority", "Priorities"),
    "scoreboard": ("Scoreboard", "Scoreboards"),
}


def build_renderer(**always: Any) -> Render:
    """Return ``render(template, status=200, headers=None, **values)``; ``always`` are values every page has."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(always)
    environment.filters.update(
        markdown=lambda text: Markup(to_html(text)),  # escapes every character that is not its own markup
        percent=percent,
        count=lambda n: f"{n:,}",
        plural=lambda n, one, many: f"{n:,} {one if n == 1 else many}",
        when=tell_instant,
        times=times,
        day=lambda value, zone_name="": value.strftime("%d %b %Y") if type(value) is date else tell_day(value, zone_name),
        stamp=lambda value: value.isoformat() if isinstance(value, date | datetime) else "",
        kind=lambda name: KINDS.get(name, (name, name))[0],
        kinds=lambda name: KINDS.get(name, (name, name))[1],
        width=lambda share: f"{100 * (share.part or 0):.2f}",
        number=lambda value: f"{value:g}",
    )

    def render(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> HTMLResponse:
        return HTMLResponse(environment.get_template(template).render(values), status_code=status, headers=headers)

    return render


def percent(share: Share) -> str:
    """Return the part in whole per cent, never rounded up to 100 or down to 0: "76 %"."""
    if share.part is None:
        return "–"
    shown = round(100 * share.part)
    if share.n < share.of and shown == 100:
        return "> 99 %"
    if share.n > 0 and shown == 0:
        return "< 1 %"
    return f"{shown} %"
