"""The text of an answer in HTML, with a mark in the place of each mail it quotes.

Pure. One pass over the tags: the standard library's parser is quadratic in broken ones. A quote becomes one line that begins
with ">", which ``reply_text`` takes out together with the line that announces it; what people write between quotes stays.
"""

from __future__ import annotations

import re
from html import unescape

_COMMENT = re.compile(r"<!--[^<]*-->")
_TAG = re.compile(r"(<[^<>]{0,2000}>)")
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "hr", "blockquote"))
_HIDDEN = frozenset(("script", "style", "head", "title", "xml"))
#: a quote that a person made by indenting, not one of a mail
_INDENTED = re.compile(r"margin(?:-left)?\s*:[^\"']*\b(?:30|35|36|40)px|webkit-indent", re.IGNORECASE)
_CITED = re.compile(r"type=[\"']?cite|gmail_quote|\bcite=|moz-|protonmail_quote|yahoo_quoted", re.IGNORECASE)


def text_of_html(html: str) -> str:
    """Return the text of HTML; a quoted mail is a line ">". Broken markup costs order, never an error."""
    found: list[str] = []
    #: tags within something that is not shown, the outermost first
    hidden: list[str] = []
    for piece in _TAG.split(_COMMENT.sub("", html)):
        tag = _NAME.match(piece)
        if tag is None:
            if not hidden and not piece.startswith("<!"):
                found.append(re.sub(r"\s+", " ", unescape(piece)))
            continue
        name = tag[2].lower()
        if tag[1]:
            if hidden and name == hidden[-1]:
                hidden.pop()
            elif name in _BREAKS and not hidden:
                found.append("\n")
        elif hidden:
            if name == hidden[0]:
                hidden.append(name)
        elif name in _HIDDEN:
            hidden.append(name)
        elif name == "blockquote" and (_CITED.search(piece[:300]) or not _INDENTED.search(piece[:300])):
            hidden.append(name)
            found.append("\n>\n")
        elif name in _BREAKS:
            found.append("\n")
    return re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(found))
