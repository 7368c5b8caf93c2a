"""The words that docs/glossary.md says to avoid stand nowhere where people read them: pages, mails, Slack, commands, docs, comments."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"


def avoided() -> list[str]:
    """Return the words of the left column of the last table."""
    table = GLOSSARY.read_text(encoding="utf-8").partition("## Words to avoid")[2]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)
    return [word.strip() for row in rows if row != "not" for word in row.split(",")]


# a space in the list stands for any in the text, a new line too
_WORDS = "|".join(r"\s+".join(map(re.escape, word.split())) for word in avoided())
AVOIDED = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)


def texts() -> Iterator[tuple[Path, str]]:
    """Return what people read in words, mails and docs."""
    yield ROOT / "messages" / "templates" / "words" / "en.toml", (ROOT / "messages" / "templates" / "words" / "en.toml").read_text()
    for path in (
        *(ROOT / "messages" / "templates" / "email").iterdir(),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
    ):
        yield path, path.read_text(encoding="utf-8").partition("## Words to avoid")[0]


def test_the_list_is_read() -> None:
    assert {"handed over", "anew", "shall"} <= set(avoided())


def test_no_avoided_word_in_messages_and_docs() -> None:
    found = [f"{path.relative_to(ROOT)}: {hit[0]}" for path, text in texts() for hit in AVOIDED.finditer(text)]
    assert found == []


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "cadence").iterdir() if path.suffix == ".py" or path.is_dir()))
def test_no_avoided_word_in_what_commands_say_and_comments(room: str) -> None:
    """Strings, docstrings and comments; a name of the code is no word that people read."""
    top = ROOT / "cadence" / room
    found = []
    for path in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
        with path.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                if "will|shall" in token.string:  # words of others, which are looked for
                    continue
                if token.type in (tokenize.COMMENT, tokenize.STRING) or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
                    found += [f"{path.relative_to(ROOT)}, line {token.start[0]}: {hit[0]}" for hit in AVOIDED.finditer(token.string)]
    assert found == []
