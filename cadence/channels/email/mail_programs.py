"""What mail programs and servers write by themselves, in 41 languages: heads of quoted mails, absence notes, lines of phones.

The words stand in messages/mail_programs.toml. Says only what a line is; what follows from it is decided by ``reply_text`` and
``returns``. Pure but for reading that file once. There is no standard for any of it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cadence.shipped import shipped_folder

#: the first letter of scripts behind Greek, Cyrillic and Latin
_EAST = "\u0590"
_ROLES = ("from", "sent", "to", "subject", "cc")
#: marks of direction, joiners and their like, which programs put around names and dates
_MARKS = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LABEL = re.compile(r"^[\s*_]*([^:：\n]{1,30}?)[\s*_\u00a0]*[:：]")
_DASHES = re.compile(r"^[-_=*—–‐\s]{2,}(.{3,60}?)[-_=*—–‐\s]{2,}:?$")
#: what a gateway puts before the subject of a mail from outside
_OUTSIDE = re.compile(r"^(?:\[[^\]]{1,25}\]|\*+[^*]{1,25}\*+|\(?ext(?:ern(?:al|e|o)?)?\)?)\s*[:\-–]?\s*(?=\S)")
_DEVICES = re.compile(
    r"iphone|ipad|\bios\b|android|galaxy|samsung|outlook|huawei|honor|xiaomi|redmi|oppo|nokia|sony|xperia|pixel|blackberry|windows|"
    r"\bmac\b|yahoo|gmail|proton|\bmail\b|mobil|handy|smartphone|phone|telefon|tél|tablet|thunderbird|workspace|gmx|web\.de|手机|手機|携帯|휴대|тел|мобил",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?https?://[^\s<>]*>?|\[[^\]\s]*\]")
_ANSWERS = re.compile(
    r"^(?:re|aw|wg|sv|vs|vl|odp|antw|antwort|rif|r|res|ref|enc|tr|ynt|ilt|fwd?|pd|doorst|bls|trs|hа|vá|továbbítás|"
    r"απ|σχετ|προώθ|השב|תגובה|הועבר|رد|回复|答复|转发|回覆|轉寄|返信|転送|회신|답장|전달|отв|ответ|відп|vb|回信|răspuns)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programs:
    """The table, ready to be looked up: words folded, patterns joined."""

    #: label -> the languages and roles it has
    labels: dict[str, frozenset[tuple[str, str]]]
    wrote: re.Pattern[str]
    opens: re.Pattern[str]
    original: frozenset[str]
    device: re.Pattern[str]
    absence: re.Pattern[str]
    away: tuple[str, ...]


def roles_of(line: str) -> frozenset[tuple[str, str]]:
    """Return the (language, role) that a line such as "Sent: Monday" may have in the head of a quoted mail, empty for none."""
    found = _LABEL.match(plain(line))
    return _programs().labels.get(_folded(found[1]), frozenset()) if found else frozenset()


def roles_within(line: str) -> frozenset[tuple[str, str]]:
    """Return every (language, role) whose label stands anywhere in a line, as when a program lost the line ends of a head."""
    found: set[tuple[str, str]] = set()
    text = plain(line)
    for colon in re.finditer("[:：]", text):
        before = text[: colon.start()].split()[-3:]
        for words in range(1, len(before) + 1):
            found |= _programs().labels.get(_folded(" ".join(before[-words:]).strip("*_")), frozenset())
    return frozenset(found)


def says_wrote(text: str) -> bool:
    """Whether ``text`` holds the verb of "Ada wrote:" in any language."""
    return _programs().wrote.search(_folded(text)) is not None


def opens_attribution(line: str) -> bool:
    """Whether a line begins as "On 3 May 2026, Ada wrote:" does in any language."""
    return _programs().opens.match(_folded(line)) is not None


def is_divider(line: str) -> bool:
    """Whether a line is the "-----Original Message-----" of any language, or its "Begin forwarded message:"."""
    folded = _folded(line)
    found = _DASHES.match(folded)
    return (found[1] if found else folded.removesuffix(":") if folded.endswith(":") else "") in _programs().original


def is_device_line(line: str) -> bool:
    """Whether a line was written by a phone or a mail program: "Sent from my iPhone"."""
    folded = _folded(_ADDRESS.sub("", line))
    return 0 < len(folded) <= 60 and _programs().device.search(folded) is not None and _DEVICES.search(folded) is not None


def is_absence(subject: str) -> bool:
    """Whether a subject is that of an automatic reply, in any language. An answer of a person about absence is none."""
    whole = _folded(subject)
    folded = _OUTSIDE.sub("", whole)
    if _programs().absence.match(folded) or _programs().absence.match(whole.lstrip(" [(<*【（「［")):
        return True
    return not _ANSWERS.match(folded) and "?" not in folded and any(phrase in folded for phrase in _programs().away)


def plain(line: str) -> str:
    """Return a line without marks that are not seen, for comparing."""
    return _MARKS.sub("", line).replace("\u00a0", " ").replace("\u202f", " ").strip()


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFC", plain(text)).casefold().replace("’", "'")
    # the two Turkish letters i, which capitals mix up
    return " ".join(folded.replace("ı", "i").replace("i\u0307", "i").split())


@cache
def _programs() -> _Programs:
    with (shipped_folder("messages") / "mail_programs.toml").open("rb") as file:
        table: dict[str, dict[str, list[str]]] = tomllib.load(file)
    labels: dict[str, set[tuple[str, str]]] = {}
    for language, words in table.items():
        for role in _ROLES:
            for label in words[role]:
                labels.setdefault(_folded(label), set()).add((language, role))
    wrote = [word for words in table.values() for word in words["wrote"]]
    absence = _either(word for words in table.values() for word in words["absence"])
    return _Programs(
        labels={label: frozenset(known) for label, known in labels.items()},
        # scripts that part words have them whole; the others run them together
        wrote=re.compile(rf"(?<!\w){_either(w for w in wrote if w < _EAST)}(?!\w)|{_either(w for w in wrote if w >= _EAST)}"),
        opens=re.compile(rf"{_either(w for t in table.values() for w in t['opens'])}(?:\s|\d|,)"),
        original=frozenset(_folded(word) for words in table.values() for word in words["original"]),
        device=re.compile(_either(word for words in table.values() for word in words["device"])),
        # the prefix alone, or parted from the subject that it answers
        absence=re.compile(rf"{absence}(?:\s*[:：.!\])\-–—>|】）」］]|\s+(?:re|fwd?|aw|wg|sv|vs|antw|odp|ynt)\s*:|$)"),
        away=tuple(_folded(phrase) for words in table.values() for phrase in words["away"]),
    )


def _either(words: Iterable[str]) -> str:
    """Return a pattern that matches any of the words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted({_folded(w) for w in words}, key=len, reverse=True)) + ")"
