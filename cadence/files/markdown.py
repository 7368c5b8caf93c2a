"""The Markdown of statements as it is read: CommonMark, and nothing that an author wrote disappears from it.

Owns what CommonMark would drop or bend: a link definition that nothing uses, and a footnote, stay text; a bare address
keeps its underscores; lines of a pasted table or list stay lines. How the tokens look: ``rendering.markdown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

#: an address in running text; brackets, quotes and marks of code end it
_ADDRESS = re.compile(r"://[^\s<>\[\]\"`|\\]+")
_SCHEME = re.compile(r"(?<![\w+.-])https?$", re.IGNORECASE)
_WWW = re.compile(r"(?:^|[\s(])www\.\S*$", re.IGNORECASE)
#: what ends a sentence and not an address
_AFTER = ".,:;!?'*_~"
#: how a line of a pasted table or list begins
_OWN_LINE = re.compile(r"\s*(?:\||[•‣▪●◦·–—-]\s)")
#: a greeting or the like: a short line that ends with a comma
_SALUTATION = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading as its reader sees it, and the lines it stands on, counted from 0; ``level`` 1 to 6."""

    text: str
    level: int
    first_line: int
    end_line: int
    #: it stands in a list or a quote
    nested: bool


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[Token, ...]:
    """Return the tokens of ``text``; every word of it stands in their content or attributes."""
    lines = text.split("\n")
    # a definition that is text after all may hold what another one was used by, so this is repeated; each round has fewer
    for _ in range(len(lines) + 1):
        environment: dict[str, Any] = {}
        tokens = _PARSER.parse("\n".join(lines), environment)
        unused = _unused_definitions(tokens, environment)
        if not unused:
            break
        for number in unused:
            lines[number] = lines[number].replace("[", "\\[", 1)
    for token in tokens:
        _keep_lines(token.children or [])
    return tuple(tokens)


def headings(text: str) -> Iterator[Heading]:
    """Yield the headings of ``text`` in order."""
    tokens = parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            shown = plain(tokens[index + 1].children or [])
            yield Heading(
                text=" ".join(shown.split()),
                level=int(token.tag[1:]),
                first_line=token.map[0],
                end_line=token.map[1],
                nested=token.level > 0,
            )


def code_blocks(text: str) -> list[Token]:
    """Return the fenced and indented blocks of code in ``text``."""
    return [token for token in parse(text) if token.type in ("fence", "code_block")]


def shown(text: str) -> str:
    """Return what a reader would see of ``text``, entities resolved, without marks and without where its links lead."""
    return "\n".join(plain(token.children) if token.children is not None else token.content for token in parse(text))


def plain(children: Sequence[Token]) -> str:
    """Return what a reader would see of inline ``children``, without marks."""
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    found = []
    for child in children:
        if child.type == "image":
            found.append(alternative(child))
        else:
            found.append(child.content if child.type in ("text", "code_inline", "text_special") else breaks.get(child.type, ""))
    return "".join(found)


def alternative(image: Token) -> str:
    """Return the words that stand for an image; where they hold a link or an image themselves, as they were written."""
    inside = image.children or []
    return image.content if any(child.type in ("link_open", "image") for child in inside) else plain(inside)


def _unused_definitions(tokens: Sequence[Token], environment: dict[str, Any]) -> set[int]:
    used = {str(child.meta.get("label", "")) for token in tokens for child in _deep(token.children or [])}
    unused = {entry["map"][0] for label, entry in environment.get("references", {}).items() if label not in used or label.startswith("^")}
    return unused | {entry["map"][0] for entry in environment.get("duplicate_refs", ())}


def _deep(children: Sequence[Token]) -> Iterator[Token]:
    for child in children:
        yield child
        yield from _deep(child.children or [])


def _keep_lines(children: list[Token]) -> None:
    """Turn the line ends that part lines of a pasted table or list into hard ones."""
    before = ""
    for index, child in enumerate(children):
        if child.type == "softbreak":
            after = plain(children[index + 1 : index + 2])
            is_salutation = len(before) <= _SALUTATION and before.rstrip().endswith(",")
            if _OWN_LINE.match(after) or is_salutation or _OWN_LINE.match(before):
                child.type = "hardbreak"
        before = "" if child.type in ("softbreak", "hardbreak") else before + plain([child])


def _bare_address(state: StateInline, silent: bool) -> bool:
    """Make a link of an address in running text, whatever marks it holds."""
    found = _ADDRESS.match(state.src, state.pos) if state.src[state.pos] == ":" else None
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos]) if found else None
    if found is None or scheme is None:
        return False
    address = scheme[0] + _without_tail(found[0])
    end = state.pos - len(scheme[0]) + len(address)
    href = state.md.normalizeLink(address)
    if end <= state.pos + 3 or not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        if state.linkLevel:
            state.pending += address
        else:
            opened = state.push("link_open", "a", 1)
            opened.attrs = {"href": href}
            state.push("text", "", 0).content = address
            state.push("link_close", "a", -1)
    state.pos = end
    return True


def _without_tail(address: str) -> str:
    while address and (address[-1] in _AFTER or (address[-1] == ")" and address.count(")") > address.count("("))):
        address = address[:-1]
    return address


def _mark_in_address(state: StateInline, silent: bool) -> bool:
    """Take a mark inside ``www.example.com/_a_`` as the letter it is."""
    if state.src[state.pos] not in "_*~" or not _WWW.search(state.src[max(0, state.pos - 2000) : state.pos]):
        return False
    if not silent:
        state.pending += state.src[state.pos]
    state.pos += 1
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "store_labels": True})
    parser.inline.ruler.after("text", "bare_address", _bare_address)
    parser.inline.ruler.after("text", "mark_in_address", _mark_in_address)
    return parser


_PARSER = _parser()
