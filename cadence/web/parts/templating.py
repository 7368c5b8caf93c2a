"""The templates of the pages: everything stored is escaped, a name that is missing is an error, nothing is compiled per request.

Every page is given the words of its reader's language; templates hold no sentence of their own. What is for templates
to use: ``say`` (plain texts), ``tell`` (a text with its values), ``count`` (the form for n things), ``name`` (what a code
is called), and the filters below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from cadence.domain.planning.calendars import zone
from cadence.rendering.markdown import to_html
from cadence.rendering.words import Words, fill
from cadence.web.parts.static import static

HERE = Path(__file__).parent.parent

Render = Callable[..., HTMLResponse]


def build_renderer(**always: Any) -> Render:
    """Return ``render(template, words, status=200, headers=None, **values)``; ``always`` are values every page has."""
    environment = _environment()

    def render(template: str, words: Words, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> HTMLResponse:
        page = environment.get_template(template).render({**always, **spoken(words), **values})
        return HTMLResponse(page, status_code=status, headers=headers)

    return render


@cache  # the templates are the same for every site of a process, and are compiled once
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["static"] = static
    environment.filters.update(
        markdown=lambda text: Markup(to_html(text)),  # escapes every character that is not its own markup
        stamp=lambda value: value.isoformat() if isinstance(value, date | datetime) else "",
    )
    return environment


def spoken(words: Words) -> dict[str, Any]:
    """Return what a template needs to speak one language."""

    def tell(key: str, **values: object) -> Markup:
        return _filled(words.texts[key], values)

    def count(key: str, n: int, **values: object) -> Markup:
        return _filled(words.form(key, n), {**values, "n": words.number(n)})

    def day(instant: datetime, zone_name: str) -> str:
        return words.short_day(instant.astimezone(zone(zone_name)).date())

    return {
        "words": words,
        "say": words.texts,
        "tell": tell,
        "count": count,
        "name": words.name,
        "number": words.number,
        "moment": words.moment,
        "day": day,
        "lang": words.language.replace("_", "-"),
        "dir": words.direction,
    }


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    """Return an escaped text with each placeholder replaced; a value that is markup stays markup."""
    return Markup(fill(str(escape(text)), {name: str(escape(value)) for name, value in values.items()}))
