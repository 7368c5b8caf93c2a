"""What a person wrote in an answer, without the mail they answered.

Pure and forgiving: a wrong guess leaves a line too many or too few, never an error. There is no standard for
quoting; the marks are those of Outlook, Gmail, Apple Mail and Thunderbird in English and German.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

#: longest question kept
MAX_LENGTH = 4_000
_LONGEST_LINE = 2_000

_ATTRIBUTION = re.compile(r"^(?:On|Am|Le|El|Il|Op)\b.{4,300}(?:wrote|schrieb\b.{0,120}|a écrit|escribió|ha scritto|schreef)\s*:$")
_DIVIDER = re.compile(
    r"^(?:-{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|Forwarded message|Weitergeleitete Nachricht)\s*-{2,}"
    r"|_{20,})$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\*?(?:From|Von|De)\*?\s?:\s?\S", re.IGNORECASE)
_HEADER_MORE = re.compile(r"^\*?(?:Sent|Gesendet|Date|Datum|To|An|Subject|Betreff)\*?\s?:", re.IGNORECASE)
_SIGNATURE = re.compile(r"^(?:Sent from my |Get Outlook for |Von meinem .{1,40} gesendet|Gesendet von )", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^<]*-->")
_TAG = re.compile(r"(<[^<>]{0,2000}>)")
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3"))
_HIDDEN = frozenset(("script", "style", "head", "title", "blockquote", "xml"))
_KEPT = "\n\t\u200d"  # the joiner inside an emoji


def own_words(text: str) -> str:
    """Return what the person wrote themselves, at most 4,000 characters; empty when there is nothing."""
    lines = [line[:_LONGEST_LINE].rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line == "--" or _DIVIDER.match(line) or _SIGNATURE.match(line) or _is_attribution(lines, number):
            break
        if _HEADER.match(line) and any(_HEADER_MORE.match(after) for after in lines[number + 1 : number + 3]):
            break
        if not line.startswith(">"):
            kept.append(line)
    said = unicodedata.normalize("NFC", "\n".join(kept))
    said = "".join(c for c in said if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    return re.sub(r"\n{3,}", "\n\n", said).strip()[:MAX_LENGTH].rstrip()


def text_of_html(html: str) -> str:
    """Return the text of HTML without what it quotes. One pass: the library's parser is quadratic in broken tags."""
    found: list[str] = []
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
        elif name in _HIDDEN or (name == "div" and "gmail_quote" in piece) or (hidden and name == hidden[0]):
            hidden.append(name)
        elif name in _BREAKS and not hidden:
            found.append("\n")
    return "".join(found)


def _is_attribution(lines: list[str], number: int) -> bool:
    """Whether "On ... wrote:" starts here; mail programs break it over up to three lines."""
    line = lines[number]
    if not line[:3].strip() or len(line) > 300:
        return False
    joined = line
    for after in ("", *lines[number + 1 : number + 3]):
        joined = f"{joined} {after}".strip()
        if _ATTRIBUTION.match(joined):
            return True
    return False
