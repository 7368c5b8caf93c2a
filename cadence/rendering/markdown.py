"""Statement text as email HTML, as plain text and as Slack mrkdwn.

Owns how an author's Markdown reaches a reader: text, emphasis, lists, quotes, code and safe links; every word of it
(``files.markdown`` reads it). No raw HTML, no images (an image becomes a link with its alternative text), no link whose text
names another host than it leads to without saying so; where a link may not be followed, its target is shown as text.
Text is data: nothing in it is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

import nh3
from markdown_it.common.normalize_url import normalizeLinkText
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from cadence.files.markdown import alternative, parse, plain

_TAGS = {"p", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "br", "hr", "h3", "h4", "h5", "h6"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_MAX_URL = 2000
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_HOST_LIKE = re.compile(r"(?:https?://)?(?:[^\s/@]*@)?((?:[\w-]+\.)+[a-z]{2,}|[\w-]+(?=:\d))", re.IGNORECASE)
#: joins words without being seen
_JOINER = "\u2060"
#: a space that is hardly seen: a mark with a space beside it is no mark to Slack
_HAIR = "\u200a"
_OPENING = re.compile(r"(?<![^\W_])([*_~`])(?=\S)")
_CLOSING = re.compile(r"(?<=\S)([*_~`])(?![^\W_])")
#: Slack makes a link of it by itself, and reads no marks inside
_ADDRESS = re.compile(r"(\b(?:https?://|www\.)\S+)", re.IGNORECASE)
_EMOJI = re.compile(r":([a-z0-9_+'-]+):", re.IGNORECASE)
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
#: title of the statement is h2 in the mail, so its own headings start below
_FIRST_HEADING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Where a link leads: ``href`` is empty when it may not be followed; ``note`` and ``title`` are shown behind its text."""

    href: str
    note: str
    title: str = ""

    def behind(self, *, url: str = "") -> str:
        """Return what follows the text of the link in brackets, a space before them; empty when there is nothing to say."""
        said = [part for part in (url or self.note, f"“{self.title}”" if self.title else "") if part]
        return f" ({', '.join(said)})" if said else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a rendering without tags writes lines, list marks, headings and code."""

    inline: Callable[[Sequence[Token]], str]
    bullet: str
    heading: Callable[[Sequence[Token]], str]
    code: Callable[[str], list[str]]
    #: guards the beginning of a line of a paragraph
    line: Callable[[str], str]
    #: words of the author outside of any markup
    words: Callable[[str], str]


def safe_href(url: str) -> str:
    """Return ``url`` when a message may link to it: https with a plain host, or mailto; otherwise an empty text."""
    # an apostrophe belongs to many titles; quoted it cannot end an attribute
    url = url.replace("'", "%27")
    if len(url) > _MAX_URL or not url.isprintable() or any(c in url for c in '\\ <>"`{}|'):
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
    for token in parse(text):
        if token.type == "inline":
            parts.append(_inline_html(token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(f"<p>{escape(_language(token))}</p>\n" if _language(token) else "")
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


def mrkdwn_literal(text: str) -> str:
    """Return plain ``text`` so that Slack also takes no mark in it for bold, italics, a strike, code or an emoji."""
    parts = _ADDRESS.split(mrkdwn_escape(text))
    return "".join(part if index % 2 else _without_marks(part) for index, part in enumerate(parts))


def _without_marks(text: str) -> str:
    apart = _CLOSING.sub(rf"{_HAIR}\1", _OPENING.sub(rf"\1{_HAIR}", text))
    return _EMOJI.sub(rf":{_JOINER}\1:", apart)


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


def _written(text: str, style: _Style) -> str:
    return "\n".join(line.rstrip() for line in _lines(SyntaxTreeNode(list(parse(text))), style)).strip("\n")


def _language(token: Token) -> str:
    """Return what the author wrote beside a fence, with a colon behind it; empty without."""
    said = " ".join(token.info.split())
    return f"{said}:" if said else ""


def _heading_tag(tag: str) -> str:
    return f"h{min(int(tag[1:]) + _FIRST_HEADING - 1, 6)}"


def _target(url: str, shown: str, title: str = "") -> _Target:
    href, told = safe_href(url), normalizeLinkText(url)
    if not href:
        return _Target(href="", note="" if shown in (url, told) else told, title=title)
    named = _HOST_LIKE.fullmatch(shown.strip().split("/")[0]) or _HOST_LIKE.match(shown.strip())
    host = urlsplit(href).hostname or href.partition("@")[2].partition("?")[0]
    return _Target(href=href, note=host if named and named[1].lower() != host.lower() else "", title=title)


def _links(children: Sequence[Token]) -> Iterator[tuple[Token, _Target | None]]:
    """Yield each token with the target of the link it opens, closes or (as an image) is. A link without text shows its address."""
    opened: list[_Target] = []
    for index, child in enumerate(children):
        if child.type == "link_open":
            end = next((i for i in range(index, len(children)) if children[i].type == "link_close"), len(children))
            url, title = str(child.attrs.get("href", "")), str(child.attrs.get("title", ""))
            words = plain(children[index:end])
            opened.append(_target(url, words if words.strip() else normalizeLinkText(url), title))
            yield child, opened[-1]
            if not words.strip():
                yield Token("text", "", 0, content=normalizeLinkText(url)), None
        elif child.type == "link_close":
            yield child, opened.pop()
        elif child.type == "image":
            found = _target(str(child.attrs.get("src", "")), alternative(child), str(child.attrs.get("title", "")))
            # a link cannot hold another one
            yield child, _Target(href="", note=found.note or normalizeLinkText(found.href), title=found.title) if opened else found
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
            parts.append(("</a>" if target.href else "") + escape(target.behind()))
        elif child.type == "image" and target:
            words = escape(alternative(child) or "image")
            parts.append((f'<a href="{escape(target.href)}">{words}</a>' if target.href else words) + escape(target.behind()))
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
            words, url = "".join(parts[started:]), target.href.removeprefix("mailto:") or target.note
            parts.append(target.behind(url="" if url == words else url))
        elif child.type == "image" and target:
            parts.append((alternative(child) or "image") + target.behind(url=target.href))
        else:
            parts.append({"softbreak": " ", "hardbreak": "\n"}.get(child.type, child.content))
    return "".join(parts)


def _inline_mrkdwn(children: Sequence[Token]) -> str:
    parts: list[str] = []
    linked = False
    marked = _marks_that_show(children)
    for child, target in _links(children):
        if child.type in ("link_open", "link_close") and target:
            opens = child.type == "link_open"
            if target.href:
                linked = opens
                parts.append(f"<{mrkdwn_escape(target.href)}|" if opens else ">")
            parts.append("" if opens else mrkdwn_literal(target.behind()))
        elif child.type == "image" and target:
            words = mrkdwn_escape(alternative(child) or "image").replace("|", "/")
            parts.append((f"<{mrkdwn_escape(target.href)}|{words}>" if target.href else words) + mrkdwn_literal(target.behind()))
        elif linked:
            # a link's text in Slack is one line without marks
            parts.append(" " if child.type.endswith("break") else mrkdwn_escape(child.content).replace("|", "/"))
        elif child.type == "code_inline":
            parts.append(f"`{mrkdwn_escape(child.content)}`")
        elif child.type in _EMPHASIS:
            parts.append(_MRKDWN_MARKS[child.type] if id(child) in marked else "")
        else:
            parts.append(_MRKDWN_MARKS.get(child.type, mrkdwn_literal(child.content)))
    return "".join(parts)


_EMPHASIS = ("em_open", "em_close", "strong_open", "strong_close")


def _marks_that_show(children: Sequence[Token]) -> set[int]:
    """Return the ids of the marks that Slack would take as marks: inside a word, or in a script without spaces, it shows the stars."""
    showing: set[int] = set()
    opened: list[int] = []
    for index, child in enumerate(children):
        if child.type not in _EMPHASIS:
            continue
        if child.nesting > 0:
            opened.append(index)
            continue
        start = opened.pop()
        before, after = plain(children[:start])[-1:], plain(children[index + 1 :])[:1]
        inside = plain(children[start + 1 : index])
        if not (before.isalnum() or after.isalnum() or inside != inside.strip()):
            showing |= {id(children[start]), id(child)}
    return showing


def _heading_mrkdwn(children: Sequence[Token]) -> str:
    """Return a heading in bold, line by line; marks inside would end the bold."""
    words = _inline_mrkdwn([child for child in children if child.type not in _EMPHASIS])
    return "\n".join(f"*{line.strip()}*" if line.strip() else "" for line in words.split("\n"))


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
        written = style.heading if node.type == "heading" else style.inline
        words = written(inline.children or []) if inline else ""
        return [style.line(line.strip()) for line in words.split("\n")]
    if node.type in ("fence", "code_block"):
        said = _language(node.token) if node.token else ""
        return [*([style.words(said)] if said else []), *style.code(node.content)]
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


def _as_it_is(words: str) -> str:
    return words


def _no_quote(line: str) -> str:
    """Return a line that Slack takes for no quotation."""
    return f"{_JOINER}{line}" if line.startswith("&gt;") else line


_TEXT = _Style(inline=_inline_text, bullet="-", heading=_inline_text, code=_indented, line=_as_it_is, words=_as_it_is)
_MRKDWN = _Style(inline=_inline_mrkdwn, bullet="•", heading=_heading_mrkdwn, code=_fenced, line=_no_quote, words=mrkdwn_literal)
