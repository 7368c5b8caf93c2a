"""What must hold of a template file before it is used, told with the file's own path and line.

Looks at the source an operator wrote, where a line number means something; MJML and Jinja2 together would only name a
line of what they made of it. ``templates`` owns the language itself. Mails load nothing from elsewhere, so neither may
a template (promise 7).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from jinja2 import nodes

from cadence.errors import ConfigError

#: values of one person that are put in after the template was filled; a filter would change the place-holder instead
PER_PERSON = frozenset(
    {"items", "others", "greeting", "preview", "date", "because", "preferences_url", "why", "respond_url", "acknowledge_url",
     "acknowledged"}
)  # fmt: skip
#: what of MJML is good for a mail that loads nothing
MJML_TAGS = frozenset(
    {
        "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all", "mj-attributes", "mj-breakpoint",
        "mj-button", "mj-class", "mj-column", "mj-body", "mj-divider", "mj-group", "mj-hero", "mj-preview", "mj-raw", "mj-section",
        "mj-spacer", "mj-style", "mj-table", "mj-text", "mj-title", "mj-wrapper",
    }
)  # fmt: skip
_LOADING = frozenset(
    {"mj-image", "mj-font", "mj-social", "mj-social-element", "mj-carousel", "mj-carousel-image", "mj-include", "mj-navbar",
     "img", "script", "link", "iframe", "object", "embed", "audio", "video", "source", "base", "form", "svg", "picture"}
)  # fmt: skip
#: what a file must use, or a mail would ask for something nobody can give, or could not be ended
REQUIRED = {
    "email/digest.mjml": ("items", "preferences_url"),
    "email/digest.txt": ("items", "preferences_url"),
    "email/item.mjml": ("acknowledge_url", "respond_url"),
    "email/item.txt": ("acknowledge_url", "respond_url"),
    "email/others.mjml": ("others",),
    "email/others.txt": ("others",),
    "email/other.html": ("title", "brief", "respond_url"),
    "email/other.txt": ("title", "brief", "respond_url"),
    "email/question.mjml": ("lines", "forgot", "respond_url"),
    "email/question.txt": ("lines", "respond_url"),
}
_LOADING_CSS = re.compile(r"@import|url\s*\(", re.IGNORECASE)
_HEADING = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*[\"']?(\w+)[\"']?\s*=")
_WORD_NOT_FOUND = re.compile(r"'(\w+)' is undefined|no attribute '(\w+)'")


def check_jinja(tree: nodes.Template, where: str, name: str) -> None:
    """Raise ConfigError when a value of one person passes through a filter or a comparison, or the file ``name`` lacks what it must say."""
    for node in tree.find_all((nodes.Filter, nodes.Compare)):
        inner = node.node if isinstance(node, nodes.Filter) else node.expr if isinstance(node, nodes.Compare) else None
        if isinstance(inner, nodes.Name) and inner.name in PER_PERSON:
            raise ConfigError(f"{where}, line {node.lineno}: {inner.name} is only known per person; use it without filters and comparisons")
    used = {node.name for node in tree.find_all(nodes.Name)}
    for wanted in REQUIRED.get(name, ()):
        if wanted not in used:
            raise ConfigError(f"{where}: must hold {{{{ {wanted} }}}} (see docs/templates.md)")


def check_markup(source: str, where: str) -> None:
    """Raise ConfigError for an MJML element that is unknown, left open or closed out of turn, and for one that loads something."""
    reader = _Reader(where)
    reader.feed(source)
    reader.close()
    if reader.open:
        name, line = reader.open[-1]
        raise ConfigError(f"{where}, line {line}: <{name}> is not closed")
    check_css(source, where)


def check_css(source: str, where: str) -> None:
    """Raise ConfigError for a rule that loads something, and for a brace too many or too few."""
    found = _LOADING_CSS.search(source)
    if found is not None:
        raise ConfigError(f"{where}, line {_line_at(source, found.start())}: {found[0]} loads from elsewhere, and our mails load nothing")
    if not where.endswith(".css"):
        return
    opened: list[int] = []
    for at, character in enumerate(source):
        if character == "{":
            opened.append(at)
        elif character == "}" and not opened:
            raise ConfigError(f"{where}, line {_line_at(source, at)}: a brace is closed that was never opened")
        elif character == "}":
            opened.pop()
    if opened:
        raise ConfigError(f"{where}, line {_line_at(source, opened[0])}: a brace is not closed")


def line_of_fault(source: str, fault: str) -> int | None:
    """Return the line of the unknown variable or attribute that ``fault`` (Jinja2's text) names, None when it names none."""
    found = _WORD_NOT_FOUND.search(fault)
    if found is None:
        return None
    used = re.search(rf"\{{[{{%][^}}]*?\b{re.escape(found[1] or found[2])}\b", source)
    return None if used is None else _line_at(source, used.end())


def line_of_key(source: str, part: str, key: str = "") -> int:
    """Return the line of a TOML file on which ``key`` of the table ``part`` is set or its own table begins, 1 when it is nowhere."""
    here = ""
    for number, line in enumerate(source.split("\n"), start=1):
        if heading := _HEADING.match(line):
            here = heading[1].strip()
            if here == (f"{part}.{key}" if key else part):
                return number
        elif (name := _KEY.match(line)) and (here, name[1]) == ((part, key) if key else ("", part)):
            return number
    return 1


def _line_at(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


class _Reader(HTMLParser):
    """Follows the MJML elements of a file; what stands inside ``mj-raw`` and ``mj-text`` is HTML and may be left open."""

    def __init__(self, where: str) -> None:
        super().__init__(convert_charrefs=True)
        self.where = where
        self.open: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that opens."""
        self._permit(tag)
        if tag.startswith("mj-"):
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element that closes itself."""
        self._permit(tag)

    def handle_endtag(self, tag: str) -> None:
        """Compare an end with the last beginning."""
        if not tag.startswith("mj-"):
            return
        if not self.open or self.open[-1][0] != tag:
            wanted = f"; </{self.open[-1][0]}> of line {self.open[-1][1]} should come first" if self.open else ""
            raise ConfigError(f"{self.where}, line {self.getpos()[0]}: </{tag}> closes nothing{wanted}")
        self.open.pop()

    def _permit(self, tag: str) -> None:
        if tag in _LOADING:
            raise ConfigError(f"{self.where}, line {self.getpos()[0]}: <{tag}> loads from elsewhere or runs, and our mails do neither")
        if tag.startswith("mj-") and tag not in MJML_TAGS:
            raise ConfigError(f"{self.where}, line {self.getpos()[0]}: <{tag}> is not an element of MJML")
