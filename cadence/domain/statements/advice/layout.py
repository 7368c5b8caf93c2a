"""Markdown with every mark blanked, of the same length: what is found in it lies at the same place of what the author typed.

Not a parser: a mark read wrongly costs a piece of advice, never a message. What readers are shown: ``files.markdown``.
Each pattern is bounded, so that a text of nothing but brackets takes no longer than another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BREAK = "\n"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`\n]*$")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:\s*(?:<|\w+://|mailto:|[/#.])\S*")
#: quotes, headings, items of lists and their boxes
_LEAD = re.compile(r"(?:\s{0,20}(?:>|#{1,6}(?=\s|$)|[-*+•](?=\s|$)|\d{1,9}[.)](?=\s|$)|\[[ xX]\](?=\s)))+")
_RULE = re.compile(r"\s*(?:[-*_=]\s*){2,}$|\s*[-=]+\s*$")
_DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*){0,60}\|?\s*$")
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\](?:\([^)\n]{0,600}\)|\[[^\]\n]{0,200}\])|<img\b[^>\n]{0,600}>?", re.IGNORECASE)
_HTML_TABLE = re.compile(r"<table\b[^>\n]{0,600}>?", re.IGNORECASE)
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)[^`\n]{1,600}\1(?!`)")
#: what is blanked inside a line: ends of links and images, addresses, marks of emphasis and code, escapes
_INLINE = re.compile(
    r"\]\([^)\n]{0,600}\)|\]\[[^\]\n]{0,200}\]|!?\[(?=[^\]\n]{1,300}\][\[(])"
    r"|<?(?:\w{2,10}://|www\.|mailto:)[^\s<>\[\])]+>?|<?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}>?"
    r"|\*+|~~+|`+|(?<!\w)_+(?=\w)|(?<=[\w.,!?])_+(?!\w)|\\(?=[!-/:-@\[-`{-~])|&(?:nbsp|#160);"
)


def shown(text: str) -> str:
    """Return ``text`` with its marks blanked and of the same length; blocks are parted by line feeds, lines of one block by a space."""
    told, fence = [], ""
    tables = set(_table_lines(text))
    for number, line in enumerate(text.split("\n")):
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
            told += [_BREAK * len(line), _BREAK]
        elif fence:
            told += [line, _BREAK]
        elif not line.strip() or _DEFINITION.match(line) or _RULE.match(line) or (number in tables and _DELIMITERS.match(line)):
            told += [_BREAK * len(line), _BREAK]
        else:
            lead = _LEAD.match(line)
            start = lead.end() if lead else 0
            rest = _INLINE.sub(lambda found: " " * len(found[0]), line[start:])
            told.append(_BREAK * start + (rest.replace("|", _BREAK) if number in tables else rest))
            told.append(_BREAK if number in tables or (lead and "#" in lead[0]) else " ")
    return "".join(told[:-1])


def not_shown(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each image and each table outside of code, in the order they stand."""
    hidden = [found.span() for found in _CODE.finditer(text)]
    at, fence = 0, ""
    table: tuple[int, int] | None = None
    tables = set(_table_lines(text))
    for number, line in enumerate(text.split("\n")):
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
        if table and number not in tables:
            yield table
            table = None
        if number in tables and not fence:
            table = (table[0] if table else at, at + len(line))
        elif not fence:
            for found in [*_IMAGE.finditer(line), *_HTML_TABLE.finditer(line)]:
                start, end = at + found.start(), at + found.end()
                if not any(first <= start < last for first, last in hidden):
                    yield start, end
        at += len(line) + 1
    if table:
        yield table


def _table_lines(text: str) -> Iterator[int]:
    """Yield the numbers of the lines that make tables: a line with bars, one of dashes and bars, and those that follow."""
    lines = text.split("\n")
    inside = False
    for number, line in enumerate(lines):
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        begins = not inside and "|" in line and "|" in follows and "-" in follows and bool(_DELIMITERS.match(follows))
        inside = begins or (inside and "|" in line)
        if inside:
            yield number
