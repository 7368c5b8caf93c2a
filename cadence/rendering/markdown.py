"""Statement text as email HTML, as plain text and as Slack mrkdwn.

Owns what of an author's Markdown reaches a reader: text, emphasis, lists, quotes, code and safe links.
No raw HTML, no images (an image becomes a link with its alternative text), no link whose text
names another host than it leads to without saying so. Text is data: nothing in it is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

_PARSER = MarkdownIt("commonmark", {"html": False})
_TAGS = {"p", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "br", "hr", "h3", "h4", "h5", "h6"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_MAX_URL = 2000
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_HOST_LIKE = re.compile(r"(?:https?://)?(?:[^\s/@]*@)?((?:[\w-]+\.)+[a-z]{2,}|[\w-]+(?=:\d))", re.IGNORECASE)
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
#: title of the statement is h2 in the mail, so its own headings start below
_FIRST_HEADING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Where a link leads: ``href`` is empty when it may not be followed; ``note`` is shown behind its text."""

    href: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a rendering without tags writes lines, list marks, headings and code."""

    inline: Callable[[Sequence[Token]], str]
    bullet: str
    heading: str
    code: Callable[[str], list[str]]


def safe_href(url: str) -> str:
    """Return ``url`` when a message may link to it: https with a plain host, or mailto; otherwise an empty text."""
    if len(url) > _MAX_URL or not url.isprintable() or any(c in url for c in "\\ <>\"'`{}|"):
        return ""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme == "https":
        plain = host and _HOST.fullmatch(host) and user is None and "@" not in parts.netloc
        return url if plain and url[:8].lower() == "https://" else ""
    return url if parts.scheme == "mailto" and "@" in parts.path and not parts.netloc else ""


@lru_cache(maxsize=512)
def to_html(text: str) -> str:
    """Return ``text`` as HTML of a few safe elements without attributes other than ``href`` and ``start``."""
    parts: list[str] = []
    for token in _parse(text):
        if token.type == "inline":
            parts.append(_inline_html(token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(f"<pre><code>{escape(token.content)}</code></pre>\n")
        elif token.type == "hr":
            parts.append("<hr>\n")
        elif token.hidden:
            parts.append("" if token.nesting > 0 else "\n")
        else:
            tag = _heading_tag(token.tag) if token.type.startswith("heading") else token.tag
            start = f' start="{int(token.attrs["start"])}"' if token.nesting > 0 and "start" in token.attrs else ""
            parts.append(f"<{tag}{start}>" if token.nesting > 0 else f"</{tag}>\n")
    made = "".join(parts)
    return nh3.clean(made, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "mailto"}, link_rel=None, strip_comments=True).strip()


@lru_cache(maxsize=512)
def to_text(text: str) -> str:
    """Return ``text`` without marks, for a plain text mail: links as ``text (url)``, lists with dashes and numbers."""
    return _written(text, _TEXT)


@lru_cache(maxsize=512)
def to_mrkdwn(text: str) -> str:
    """Return ``text`` in Slack's own markup. Nothing in it can mention a person or a whole channel."""
    return _written(text, _MRKDWN)


def mrkdwn_escape(text: str) -> str:
    """Return plain ``text`` so that Slack shows it as it is and notifies nobody."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BROADCAST.sub("@\u2060", escaped)


def slack_length(text: str) -> int:
    """Return the length of ``text`` as the strictest counter would take it (UTF-16 units)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def split_mrkdwn(text: str, limit: int = 2900) -> list[str]:
    """Return ``text`` in parts of at most ``limit``, cut between paragraphs, lines or words; a link or an entity is never cut."""
    parts: list[str] = []
    rest = text
    while slack_length(rest) > limit:
        cut = _best_cut(rest, limit)
        head = rest[:cut].rstrip()
        if head:
            parts.append(head)
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


_ATOM = re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);")


def _best_cut(text: str, limit: int) -> int:
    end = used = 0
    for character in text:
        used += 2 if character > "\uffff" else 1
        if used > limit:
            break
        end += 1
    for separator in ("\n\n", "\n", " "):
        cut = text.rfind(separator, end // 2, end)
        if cut > 0 and not _inside_atom(text, cut):
            return cut
    inside = _inside_atom(text, end)
    return inside if inside and inside > 0 else end


def _inside_atom(text: str, cut: int) -> int:
    """Return where the atom starts that ``cut`` would break, 0 when none is broken."""
    for atom in _ATOM.finditer(text):
        if atom.start() >= cut:
            return 0
        if atom.end() > cut:
            return atom.start()
    return 0


def _parse(text: str) -> list[Token]:
    return _PARSER.parse(text)


def _written(text: str, style: _Style) -> str:
    return "\n".join(line.rstrip() for line in _lines(SyntaxTreeNode(_parse(text)), style)).strip("\n")


def _heading_tag(tag: str) -> str:
    return f"h{min(int(tag[1:]) + _FIRST_HEADING - 1, 6)}"


def _target(url: str, shown: str) -> _Target:
    href = safe_href(url)
    if not href:
        return _Target(href="", note=url if url.startswith("http://") and url != shown and len(url) <= _MAX_URL else "")
    named = _HOST_LIKE.fullmatch(shown.strip().split("/")[0]) or _HOST_LIKE.match(shown.strip())
    host = urlsplit(href).hostname or href.partition("@")[2].partition("?")[0]
    return _Target(href=href, note=host if named and named[1].lower() != host.lower() else "")


def _plain(children: Sequence[Token]) -> str:
    """Return what a reader would see of ``children``, without marks."""
    shown = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(c.content if c.type in ("text", "code_inline", "image", "text_special") else shown.get(c.type, "") for c in children)


_NOWHERE = _Target(href="", note="")


def _links(children: Sequence[Token]) -> Iterator[tuple[Token, _Target | None]]:
    """Yield each token with the target of the link it opens, closes or (as an image) is. A link without text leads nowhere."""
    opened: list[_Target] = []
    for index, child in enumerate(children):
        if child.type == "link_open":
            end = next((i for i in range(index, len(children)) if children[i].type == "link_close"), len(children))
            shown = _plain(children[index:end])
            opened.append(_target(str(child.attrs.get("href", "")), shown) if shown.strip() else _NOWHERE)
            yield child, opened[-1]
        elif child.type == "link_close":
            yield child, opened.pop()
        elif child.type == "image":
            yield child, None if opened else _target(str(child.attrs.get("src", "")), child.content)
        else:
            yield child, None


_HTML_MARKS = {
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "softbreak": "\n",
    "hardbreak": "<br>\n",
}
_MRKDWN_MARKS = {"em_open": "_", "em_close": "_", "strong_open": "*", "strong_close": "*", "softbreak": " ", "hardbreak": "\n"}


def _inline_html(children: Sequence[Token]) -> str:
    parts: list[str] = []
    for child, target in _links(children):
        if child.type == "link_open" and target:
            parts.append(f'<a href="{escape(target.href)}">' if target.href else "")
        elif child.type == "link_close" and target:
            parts.append(("</a>" if target.href else "") + (f" ({escape(target.note)})" if target.note else ""))
        elif child.type == "image":
            shown = escape(child.content or "image")
            parts.append(f'<a href="{escape(target.href)}">{shown}</a>' if target and target.href else shown)
        elif child.type == "code_inline":
            parts.append(f"<code>{escape(child.content)}</code>")
        else:
            parts.append(_HTML_MARKS.get(child.type, escape(child.content)))
    return "".join(parts)


def _inline_text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    started = 0
    for child, target in _links(children):
        if child.type == "link_open":
            started = len(parts)
        elif child.type == "link_close" and target:
            shown, url = "".join(parts[started:]), target.href.removeprefix("mailto:") or target.note
            parts.append(f" ({url})" if url and url != shown else "")
        elif child.type == "image":
            shown = child.content or "image"
            parts.append(f"{shown} ({target.href})" if target and target.href else shown)
        else:
            parts.append({"softbreak": " ", "hardbreak": "\n"}.get(child.type, child.content))
    return "".join(parts)


def _inline_mrkdwn(children: Sequence[Token]) -> str:
    parts: list[str] = []
    linked = False
    for child, target in _links(children):
        if child.type in ("link_open", "link_close") and target:
            opens = child.type == "link_open"
            if target.href:
                linked = opens
                parts.append(f"<{mrkdwn_escape(target.href)}|" if opens else ">")
            parts.append(f" ({mrkdwn_escape(target.note)})" if target.note and not opens else "")
        elif child.type == "image":
            shown = mrkdwn_escape(child.content or "image").replace("|", "/")
            parts.append(f"<{mrkdwn_escape(target.href)}|{shown}>" if target and target.href else shown)
        elif linked:
            # a link's text in Slack is one line without marks
            parts.append(" " if child.type.endswith("break") else mrkdwn_escape(child.content).replace("|", "/"))
        elif child.type == "code_inline":
            parts.append(f"`{mrkdwn_escape(child.content)}`")
        else:
            parts.append(_MRKDWN_MARKS.get(child.type, mrkdwn_escape(child.content)))
    return "".join(parts)


def _lines(parent: SyntaxTreeNode, style: _Style, *, tight: bool = False) -> list[str]:
    """Return the lines of all blocks in ``parent``; an empty line parts two blocks unless they belong to a tight list."""
    lines: list[str] = []
    for node in parent.children:
        if lines and not tight:
            lines.append("")
        lines += _block(node, style)
    return lines


def _block(node: SyntaxTreeNode, style: _Style) -> list[str]:
    if node.type in ("paragraph", "heading"):
        inline = node.children[0].token if node.children else None
        shown = style.inline(inline.children or []) if inline else ""
        lines = [line.strip() for line in shown.split("\n")]
        return [style.heading.format(line) if line else "" for line in lines] if node.type == "heading" else lines
    if node.type in ("fence", "code_block"):
        return style.code(node.content)
    if node.type == "blockquote":
        return [f"> {line}" for line in _lines(node, style)]
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, style)
    return ["———"]


def _list(node: SyntaxTreeNode, style: _Style) -> list[str]:
    first = int(node.attrs.get("start", 1))
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    lines: list[str] = []
    for index, item in enumerate(node.children):
        mark = style.bullet if node.type == "bullet_list" else f"{first + index}."
        inner = _lines(item, style, tight=tight)
        if lines and not tight:
            lines.append("")
        lines.append(f"{mark} {inner[0]}" if inner else mark)
        lines += [" " * (len(mark) + 1) + line for line in inner[1:]]
    return lines


def _indented(content: str) -> list[str]:
    return ["    " + line for line in content.rstrip("\n").split("\n")]


def _fenced(content: str) -> list[str]:
    return ["```", *mrkdwn_escape(content.replace("```", "'\u200b''")).rstrip("\n").split("\n"), "```"]


_TEXT = _Style(inline=_inline_text, bullet="-", heading="{}", code=_indented)
_MRKDWN = _Style(inline=_inline_mrkdwn, bullet="•", heading="*{}*", code=_fenced)
