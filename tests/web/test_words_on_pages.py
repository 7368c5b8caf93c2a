"""Every word on a page comes from the word files: templates hold no sentence of their own, and no text stands there unused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "cadence" / "web" / "templates").rglob("*.html"))
WORDS = ROOT / "messages" / "templates" / "words"
#: attributes that are read to people
_READ = re.compile(r'\b(?:aria-label|title|alt|placeholder)="([^"]*)"')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    shown = re.sub(r"\{% block kind %\}[\w ]+", "", source)  # a class of the style sheet
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", shown, flags=re.DOTALL)
    read = " ".join(_READ.findall(bare))
    text = re.sub(r"<code>.*?</code>|<!?[^>]*>|&[a-z]+;", " ", bare, flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]{2,}", f"{text} {read}") == []

    constants = [node.value for node in Environment().parse(source).find_all(nodes.Const) if isinstance(node.value, str)]
    sentences = [one for one in constants if re.search(r"[A-Z]|\w \w", one) and not one.startswith("cadence ")]
    assert sentences == []


def test_no_text_stands_in_the_word_files_unused() -> None:
    """A key is used when a source names it, whole or built from a part that it begins with."""
    sources = [
        path for top in ("cadence", "messages") for path in (ROOT / top).rglob("*") if path.suffix in {".py", ".html", ".txt", ".mjml"}
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"\w+", code))
    built = {re.escape(part) for part in re.findall(r"f[\"'](\w+_)\{|[\"'](\w+_)[\"'] ~", code) for part in part if len(part) > 3}
    built |= {rf"\w+{re.escape(end)}" for end in re.findall(r"f[\"']\{\w+\}(_\w+)[\"']|~ \(?[\"'](_\w+)[\"']", code) for end in end if end}
    is_built = re.compile("|".join(sorted(built)))
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")))
    parts = tomllib.loads((WORDS / "en.toml").read_text(encoding="utf-8"))

    unused = [
        f"{part}.{key}"
        for part, table in parts.items()
        for key in table
        if key not in named and not is_built.match(key) and not (part == "messages" and key in documented)
    ]
    assert unused == []
