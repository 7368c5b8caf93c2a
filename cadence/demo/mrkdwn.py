"""Show Slack's blocks as HTML, near enough to judge a message by.

Knows the blocks that our messages use; others are shown by their text. Everything from a message is escaped.
Source: Slack's "Formatting message text" and Block Kit reference.
"""

from __future__ import annotations

import html
import re
from typing import Any

from markupsafe import Markup

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_SPAN = re.compile(r"(?<![\w`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w`])")
_TAGS = {"*": "strong", "_": "em", "~": "s", "`": "code"}
_SCHEMES = ("https://", "http://", "mailto:")


def to_html(text: str) -> Markup:
    """Return mrkdwn as HTML: bold, italics, strikes, code, links, quotes, bullets and line ends."""
    lines, quoted = [], False
    for line in text.split("\n"):
        is_quote = line.startswith((">", "&gt;"))
        if is_quote != quoted:
            lines.append("<blockquote>" if is_quote else "</blockquote>")
            quoted = is_quote
        lines.append(_inline(line.removeprefix("&gt;").removeprefix(">").strip() if is_quote else line) + "<br>")
    if quoted:
        lines.append("</blockquote>")
    return Markup("".join(lines).removesuffix("<br>"))


def object_html(value: Any) -> Markup:
    """Return a text object (plain_text or mrkdwn) as HTML."""
    if not isinstance(value, dict):
        return Markup("")
    text = str(value.get("text", ""))
    return to_html(text) if value.get("type") == "mrkdwn" else Markup(_escape(text).replace("\n", "<br>"))


def _inline(line: str) -> str:
    out, position = [], 0
    for match in _LINK.finditer(line):
        out.append(_spans(line[position : match.start()]))
        target, label = _unescape(match[1]), _unescape(match[2] or match[1])
        if target.startswith(_SCHEMES):
            out.append(f'<a href="{_escape(target)}" target="_blank" rel="noopener noreferrer">{_escape(label)}</a>')
        else:
            out.append(f"<span>{_escape(label)}</span>")
        position = match.end()
    return "".join([*out, _spans(line[position:])])


def _spans(text: str) -> str:
    escaped = _escape(_unescape(text))
    for _ in range(3):
        escaped = _SPAN.sub(lambda m: f"<{_TAGS[m[1]]}>{m[2]}</{_TAGS[m[1]]}>", escaped)
    return escaped


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
