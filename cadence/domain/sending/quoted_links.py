"""Links of ours in text that somebody wrote or quoted, and the text without them.

Whoever reads a link of ours can act as the person it was sent to, so no such link may lie in a question, a notice or a
bounce that others read. A link is known by the address of this installation and by the form of its token, also
percent-encoded, as quoted-printable, broken over lines, or inside the wrapper of a link scanner (SafeLinks, urldefense).
Pure. What is done with the tokens that were found: ``store.sending.kept_text``.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import urlsplit

#: what stands where a link of ours stood
PLACEHOLDER = "[link]"
#: first part of the path of every page that a token opens
TOKEN_ROUTES = ("a", "c", "p")

#: tokens of one text that are told; more are taken out all the same
_MOST_TOKENS = 200
#: a token begins with one of five bytes for each format and ends in two unused bits (``domain.sending.links``)
_TOKEN = re.compile(r"(?=((?:[EI][Q-Za-z0-9_-]|[FJ][A-Za-f])[A-Za-z0-9_-]{48}[AEIMQUYcgkosw048]))")
_RUN = re.compile(r"[A-Za-z0-9_-]{51,}")
#: a line end that a mail program put into a long word, with the marks of a quote on the next line
_BREAK = r"=?[ \t]*\r?\n[ \t]*(?:>[ \t]*)*"
_BROKEN = re.compile(rf"(?:[A-Za-z0-9_-]{{1,51}}{_BREAK}){{1,3}}[A-Za-z0-9_-]{{1,51}}")
_BROKEN_PATH = re.compile(rf"(?<=/)([acp]/?){_BREAK}(?=[A-Za-z0-9_/-])")
_SLUG = re.compile(r"[a-z]+(?:-[a-z]+)+")
_ENDS = "\\s<>\"'|\\[\\]{}^`"
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[A-Za-z]{2,8});")
_HEX = r"[0-9A-Fa-f]{2}"
_PERCENT = re.compile(rf"(?:%{_HEX})+")
_QUOTED = re.compile(rf"=(?:\r?\n|(?:{_HEX}))")
_DEFENSE = re.compile(rf"https?://urldefense[^{_ENDS}]*?[?&]u=([^&{_ENDS}]+)", re.IGNORECASE)
_DEFENDED = re.compile(rf"-{_HEX}|_")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_CODED = re.compile(r"(?:=((?:[A-Za-z0-9+/_-]|%2[BF]){40,})|/((?:[A-Za-z0-9+_-]|%2[BF]){40,}))", re.IGNORECASE)
#: what of a text can hold a link at all; nearly every text is done with here
_LIKELY = re.compile(r"[A-Za-z0-9_-]{20}|://|%2f|=2f|/[acp]/|&#", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A text without links of ours. ``tokens``: those that stood in it, as far as they can be read."""

    text: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """A text as it reads after one undoing, and where each of its characters stood in the text that was handed in."""

    text: str
    places: tuple[tuple[int, int], ...]

    def undone(self, pattern: re.Pattern[str], read: Callable[[str], str]) -> _View:
        """Return the view in which every match of ``pattern`` is replaced by what it stands for."""
        pieces: list[str] = []
        places: list[tuple[int, int]] = []
        done = 0
        for found in pattern.finditer(self.text):
            pieces.append(self.text[done : found.start()])
            places.extend(self.places[done : found.start()])
            meant = read(found[0])
            pieces.append(meant)
            places.extend([(self.places[found.start()][0], self.places[found.end() - 1][1])] * len(meant))
            done = found.end()
        if not done:
            return self
        pieces.append(self.text[done:])
        places.extend(self.places[done:])
        return _View("".join(pieces), tuple(places))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters from ``start`` to ``end`` stood."""
        return self.places[start][0], self.places[end - 1][1]


def without_links(text: str, base_url: str = "") -> Unlinked:
    """Return ``text`` with "[link]" in the place of each link of ours, and the tokens that were in it.

    base_url: address of this installation; when it is unknown, a path such as /c/... of any host counts as ours.
    A wrapper of a link scanner goes with the link inside. Everything else stays as it was written.

    >>> without_links("see https://c.example.com/p/OWNPREFERENCES, please", "https://c.example.com").text
    'see [link], please'
    """
    if not _LIKELY.search(text):
        return Unlinked(text=text, tokens=())
    spans: list[tuple[int, int]] = []
    tokens: dict[str, None] = {}
    for view in _views(text):
        for start, end, token in _found(view, base_url):
            spans.append(_whole(text, *view.span(start, end)))
            if token:
                tokens[token] = None
    for start, end, inside in _wrapped(text):
        known = without_links(inside, base_url)
        if known.text != inside:
            spans.append(_whole(text, start, end))
            tokens.update(dict.fromkeys(known.tokens))
    return Unlinked(text=_replaced(text, spans), tokens=tuple(tokens)[:_MOST_TOKENS])


def _views(text: str) -> Iterator[_View]:
    """Yield the text as written and with what mail programs do to a link undone, one step after the other."""
    seen: set[str] = set()
    plain = _View(text, tuple((at, at + 1) for at in range(len(text))))
    plain = plain.undone(_UNSEEN, lambda _: "").undone(_ENTITY, unescape)
    for first in (plain, plain.undone(_QUOTED, _from_quoted)):
        view = first
        for _ in range(4):
            if view.text in seen:
                break
            seen.add(view.text)
            yield view
            view = view.undone(_PERCENT, _from_percent)


def _found(view: _View, base_url: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, token) of each link in a view; the token is empty when it cannot be one that we signed."""
    for found in _ours(base_url).finditer(view.text):
        # a statement's slug is long too, and no secret
        if found["other"] is None or not _SLUG.fullmatch(found["other"]):
            yield found.start(), found.end(), ""
    for run in _RUN.finditer(view.text):
        for found in _TOKEN.finditer(run[0]):
            start = run.start() + found.start()
            if _is_mixed(found[1]):
                yield start, start + len(found[1]), found[1]
    joined = view.undone(_BROKEN_PATH, lambda part: part.rstrip("\r\n\t >=") if "/" in part else part)
    for run in _BROKEN.finditer(joined.text):
        whole = re.sub(_BREAK, "", run[0])
        token = _TOKEN.match(whole[-51:]) or _TOKEN.match(whole)
        if token is None or not _is_mixed(token[1]):
            continue
        place = _place_in(run[0], token[1])
        begin = joined.span(run.start() + place[0], run.start() + place[1])
        inner = [at for at, where in enumerate(view.places) if begin[0] <= where[0] < begin[1]]
        yield inner[0], inner[-1] + 1, token[1]


def _place_in(run: str, token: str) -> tuple[int, int]:
    """Return where ``token`` stands in ``run``, whose line ends part it."""
    letters = [at for at, c in enumerate(run) if c.isalnum() or c in "_-"]
    begin = "".join(run[at] for at in letters).find(token)
    return letters[begin], letters[begin + len(token) - 1] + 1


def _wrapped(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, what it leads to) of the wrappers that write an address in a way of their own."""
    for found in _DEFENSE.finditer(text):
        yield found.start(), found.end(), _DEFENDED.sub(lambda m: "/" if m[0] == "_" else chr(int(m[0][1:], 16)), found[1])
    for found in _CODED.finditer(text):
        raw = _PERCENT.sub(lambda m: _from_percent(m[0]), found[1] or found[2]).replace("+", "-").replace("/", "_")
        try:
            inside = urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode("ascii")
        except ValueError:
            continue
        if inside.isprintable() and "/" in inside:
            yield found.start(), found.end(), inside


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of the whole address around a link: from its scheme to its end, without the full stop of the sentence."""
    left = start
    while left > 0 and not re.match(rf"[{_ENDS}]", text[left - 1]):
        left -= 1
    schemes = [m.start() for m in re.finditer(r"(?:https?|hxxps?):", text[left:start] + text[start : start + 8], re.IGNORECASE)]
    begin = left + schemes[0] if schemes and left + schemes[0] <= start else start if "/" not in text[left:start] else left
    stop = end
    while stop < len(text) and not re.match(rf"[{_ENDS}]", text[stop]):
        stop += 1
    while stop > end and text[stop - 1] in ".,;:!?)*":
        stop -= 1
    return begin, stop


def _replaced(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if start >= done:
            pieces += [text[done:start], PLACEHOLDER]
        done = end
    return "".join([*pieces, text[done:]])


@lru_cache(maxsize=8)
def _ours(base_url: str) -> re.Pattern[str]:
    """Return the pattern of an address of ours that holds a token, whatever its form."""
    parts = urlsplit(base_url)
    routes = "|".join(TOKEN_ROUTES)
    if not parts.netloc:
        secret = rf"/(?:[^/{_ENDS}]{{1,60}}/)?(?:{routes})/[A-Za-z0-9_-]{{12,}}(?P<other>(?!))?"
        return re.compile(rf"https?://[^/{_ENDS}]{{1,253}}{secret}", re.IGNORECASE)
    host = re.escape(parts.hostname or parts.netloc) + (rf"(?::{parts.port})?" if parts.port else r"(?::\d{1,5})?")
    path = re.escape(parts.path.strip("/"))
    before = rf"(?:/{path})?" if path else ""
    secret = rf"/+(?:{routes})/+[A-Za-z0-9_-]+|/(?:[^{_ENDS}]{{0,500}}?[/=])?(?P<other>[A-Za-z0-9_-]{{20,}})"
    return re.compile(rf"(?:https?:/{{1,2}})?(?<![A-Za-z0-9-]){host}{before}(?:{secret})", re.IGNORECASE)


def _is_mixed(token: str) -> bool:
    """Whether a run of letters looks drawn by lot: words of people have no capitals, small letters and digits all through."""
    return any(c.isdigit() or c in "-_" for c in token) and any(c.islower() for c in token) and any(c.isupper() for c in token[1:])


def _from_percent(found: str) -> str:
    return bytes.fromhex(found.replace("%", "")).decode("utf-8", "replace")


def _from_quoted(found: str) -> str:
    return "" if found[1] in "\r\n" else chr(int(found[1:], 16))
