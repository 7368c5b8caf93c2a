"""Template files: where they are found, and what a template may do.

Owns the folders (an operator's own comes first, one file at a time) and the small language left of
Jinja2: variables, filters of a short list, ``if`` and ``for``. A template can call nothing, import
nothing and concatenate nothing, so it can neither reach the program nor fill its memory.
Statement bodies are never templates. Names and variables: docs/templates.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cadence.errors import ConfigError, RenderError
from cadence.rendering.template_checks import check_css, check_jinja, check_markup, line_of_fault

MAX_TEMPLATE_BYTES = 400_000
MAX_LOOP_DEPTH = 2

_FILTERS = ("e", "escape", "upper", "lower", "length", "trim", "join", "first", "last")
_TESTS = ("defined", "none", "equalto", "eq", "ne", "lt", "le", "gt", "ge")
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.For,
    nodes.If,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)


@dataclass(frozen=True, slots=True)
class TemplateFolder:
    """Folders that are searched in order for a template file; the first one that has it wins."""

    folders: Sequence[Path]

    def read(self, name: str) -> str:
        """Return the text of the file ``name`` ("email/item.mjml"). Raises ConfigError when it is missing or unreadable."""
        found = self.read_all(name)
        if not found:
            raise ConfigError(f"templates: there is no file {name} in {', '.join(map(str, self.folders))}")
        return found[0]

    def read_all(self, name: str) -> list[str]:
        """Return the text of ``name`` from each folder that has it, strongest first."""
        return [_read(folder / name) for folder in self.folders if (folder / name).is_file()]

    def paths(self, name: str) -> list[Path]:
        """Return every file that is called ``name``, strongest first."""
        return [folder / name for folder in self.folders if (folder / name).is_file()]

    def template(self, name: str) -> str:
        """Return the text of a template whose source passed every check. Raises ConfigError naming path, line and reason."""
        source = self.read(name)
        _check_file(name, source, str(self.paths(name)[0]))
        return source

    def locate(self, name: str, fault: str) -> str:
        """Return ``fault`` in the template ``name`` with the path of the file and, where it can be found, the line."""
        line = line_of_fault(self.read(name), fault)
        return f"{self.paths(name)[0]}{f', line {line}' if line else ''}: {fault}"

    def names(self, folder: str, suffix: str) -> list[str]:
        """Return the stems of all files ``folder``/*``suffix`` of all folders, sorted."""
        return sorted({path.stem for top in self.folders for path in (top / folder).glob(f"*{suffix}")})


# a process makes several composers from the same files; what failed is not kept
@lru_cache(maxsize=64)
def compile_template(name: str, source: str, *, html: bool) -> Template:
    """Return a checked template. ``html``: escape every value. Raises ConfigError naming file, line and reason."""
    _parsed(name, source)
    try:
        return _environment(html=html).from_string(source)
    except (TemplateError, RecursionError) as error:
        raise ConfigError(f"{name}: {error or 'is nested too deeply'}") from None


def render(template: Template, name: str, values: Mapping[str, Any]) -> str:
    """Return the filled template. Raises RenderError when it uses a variable that does not exist or fails otherwise."""
    try:
        return template.render(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        raise RenderError(f"{name}: {error}", template=name, fault=str(error)) from error


@lru_cache(maxsize=64)
def _check_file(name: str, source: str, where: str) -> None:
    if name.endswith(".css"):
        check_css(source, where)
        return
    if name.endswith((".mjml", ".html")):
        check_markup(source, where)
    check_jinja(_parsed(where, source), where, name)


def _parsed(where: str, source: str) -> nodes.Template:
    try:
        tree = _environment(html=False).parse(source, where)
        _check(tree, where)
        return tree
    except TemplateSyntaxError as error:
        raise ConfigError(f"{where}, line {error.lineno}: {error.message}") from None
    except (TemplateError, RecursionError) as error:
        raise ConfigError(f"{where}: {error or 'is nested too deeply'}") from None


@lru_cache
def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=html, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, cache_size=0
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


def _check(tree: nodes.Template, name: str) -> None:
    for node, depth in _walk(tree, 0):
        if not isinstance(node, _NODES):
            raise ConfigError(f"{name}, line {node.lineno}: {type(node).__name__} is not allowed in templates (see docs/templates.md)")
        if isinstance(node, nodes.For) and (node.recursive or depth >= MAX_LOOP_DEPTH):
            raise ConfigError(f"{name}, line {node.lineno}: loops may be nested {MAX_LOOP_DEPTH} deep and not recursive")
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise ConfigError(f"{name}, line {node.lineno}: {node.attr} is not a template variable")


def _walk(node: nodes.Node, depth: int) -> Iterator[tuple[nodes.Node, int]]:
    yield node, depth
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + isinstance(node, nodes.For))


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_TEMPLATE_BYTES:
            raise ConfigError(f"{path}: is larger than {MAX_TEMPLATE_BYTES} bytes")
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
