"""What a piece of text that people wrote may hold, wherever it comes from.

Owns the refusals that statements and people share: characters that hide, reorder or break lines,
and text with nothing to see in it. Says nothing about meaning or markup: that is data.
Bidi controls: UAX #9 section 2; noncharacters: Unicode section 23.7.
"""

from __future__ import annotations

import re
import unicodedata

#: more combining marks in a row than any living script needs
MAX_MARKS = 8

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKERS = frozenset("\u2028\u2029")
#: letters that are drawn as nothing
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: marks that show no reader anything and that programs leave in text: soft hyphen, zero-width space and no-break space, word joiner
_NOTHING = frozenset("\u00ad\u200b\u2060\ufeff")
#: one pass by the regex engine finds every character worth a closer look
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


#: white space behind a full stop and its closing quote, before a capital letter, a letter without case, or a number
SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’»)]))\s+(?=[\W_]*[^\W_a-z])|(?<=[。！？])")


def first_sentence(text: str, *, most: int) -> str:
    """Return the first sentence of plain ``text``, cut at the end of its ``most``-th word with an ellipsis.

    >>> first_sentence("We mend first. Then we buy.", most=20)
    'We mend first.'
    >>> first_sentence("One two three four", most=3)
    'One two three…'
    """
    words = SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0].split()
    return " ".join(words) if len(words) <= most else " ".join(words[:most]).rstrip(",;:–-") + "…"


def normalise(text: str) -> str:
    """Return ``text`` in Unicode form NFC with LF line ends, as it is stored and compared."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def tidy_line(text: str) -> str:
    """Return one line as it is stored: normalised, every kind of space as a plain one, and nothing that is drawn as nothing.

    Joiners stay, which Persian, Indic scripts and emoji are written with; line ends and tabs stay too, for ``bad_character`` to name.

    >>> tidy_line("We\u00a0mend\u202ffir\u00adst \u200b")
    'We mend first'
    """
    plain = "".join(" " if unicodedata.category(c) == "Zs" else c for c in normalise(text) if c not in _NOTHING)
    return re.sub(" {2,}", " ", plain).strip()


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: white space, zero-width and invisible characters only."""
    return all(c.isspace() or c in _INVISIBLE or unicodedata.category(c) in ("Cf", "Cc", "Mn", "Me") for c in text)


def bad_character(text: str, *, one_line: bool = False) -> tuple[int, str] | None:
    """Return (index, reason) of the first character that may not stand in ``text``, None when all may.

    Tab and line feed are allowed unless ``one_line``. Expects normalised text.
    """
    found: tuple[int, str] | None = None
    suspect = _SUSPECT.search(text)
    if suspect:
        found = suspect.start(), _reason(suspect[0])
    if one_line:
        breaks = next((i for i, c in enumerate(text) if c in "\t\n\r"), None)
        if breaks is not None and (found is None or breaks <= found[0]):
            found = breaks, "holds a tab" if text[breaks] == "\t" else "must be one line"
    marks = None if text.isascii() else _stacked_marks(text)
    if marks is not None and (found is None or marks < found[0]):
        found = marks, f"has more than {MAX_MARKS} combining marks in a row"
    return found


def _reason(character: str) -> str:
    name = f"U+{ord(character):04X}"
    if character in _BIDI:
        return f"holds the character {name}, which changes the direction of the text around it"
    if character in _LINE_BREAKERS or character in "\x0b\x0c\x85":
        return f"holds the line separator {name}; use a plain line end"
    if character == "\r":
        return "holds a carriage return without a line feed; save the file with LF or CRLF line ends"
    if "\ud800" <= character <= "\udfff":
        return f"holds half of a character ({name})"
    if unicodedata.category(character) == "Cc":
        return f"holds the control character {name}"
    return f"holds {name}, which is not a character"


def _stacked_marks(text: str) -> int | None:
    run = 0
    for index, character in enumerate(text):
        if character < "\u0300" or unicodedata.category(character) not in ("Mn", "Me"):
            run = 0
            continue
        run += 1
        if run > MAX_MARKS:
            return index
    return None


#: scripts that part words by no space: Thai, Lao, Myanmar, Khmer, Tibetan, and those of China, Japan and Korea
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)


def longest_word(text: str) -> int:
    """Return the characters of the longest run without a space, where a script parts words by spaces."""
    return max((len(part) for word in text.split() for part in _UNSPACED.split(word)), default=0)
