"""What one cell holds: an address, a name, a Slack id, an employee number, a line of words.

Takes off what programs put around a value (quotes of Excel, "mailto:", angle brackets, invisible marks); what is
left is judged by the domain's own rules. Raises Invalid or ValueError with the reason; empty says nothing.
"""

from __future__ import annotations

import re
import unicodedata

from cadence.domain.people.addresses import is_slack_user_id, parse_email
from cadence.domain.people.directory import MAX_NAME
from cadence.domain.statements.text import bad_character, is_blank, normalise
from cadence.errors import Invalid
from cadence.files.people_csv.folding import fold, fold_words

#: marks that show nothing, at the ends of a cell: zero-width, direction, byte order, no-break space
_AROUND = "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xAD, 0xA0))) + " \t\r\n"
_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
#: nothing that programs put around an address
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+.-]*@[A-Za-z0-9.-]*[A-Za-z0-9]")
_ANGLES = re.compile(r"[^<>]*<([^<>\s]+@[^<>\s]+)>")
_SLACK = re.compile(r"<?@?(?:[TE][A-Z0-9]{6,20}-)?([UW][A-Z0-9]{6,20})(?:\|[^>]*)?>?", re.IGNORECASE)
#: the sign-in name that Microsoft Entra makes of a guest's address: ana_gmail.com#EXT#@company.onmicrosoft.com
_ENTRA_GUEST = re.compile(r"(.+)_([^_@]+\.[^_@]+)#ext#@.+", re.IGNORECASE)
_NO_NUMBER = frozenset(fold_words("n/a|na|none|null|nil|tbd|tba|unknown|x|xx|xxx|0|#n/a|no|pending|unbekannt|keine|inconnu|desconocido"))
_SUFFIXES = frozenset(
    fold_words(
        "jr|sr|ii|iii|iv|v|phd|ph.d|md|m.d|dds|mba|esq|cpa|cfa|pmp|msc|bsc|ba|bs|ma|ms|dr|prof|rn|pe|jd|llm|frcs|obe|mbe|inc|llc|ltd"
        "|gmbh|ag"
    )
)


def clean_line(value: str) -> str:
    """Return ``value`` as one line in NFC without marks around it; empty for nothing to see. Raises ValueError with the reason."""
    text = value.strip()
    if text.isascii() and text.isprintable():
        return text
    text = normalise(_BREAKS.sub(" ", value.strip(_AROUND)))
    bad = bad_character(text, one_line=True)
    if bad:
        raise ValueError(bad[1])
    return "" if is_blank(text) else text


def read_address(value: str) -> tuple[str, bool]:
    """Return the address in a cell, and whether it is that of a guest (of Microsoft Entra). Raises Invalid.

    >>> read_address("B Berg <b@example.com>"), read_address("mailto:a@example.com.")
    (('b@example.com', False), ('a@example.com', False))
    """
    if _PLAIN_ADDRESS.fullmatch(value):
        return parse_email(value), False
    text = value.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0].strip(_AROUND)
    angles = _ANGLES.fullmatch(text)
    if angles:
        text = angles[1]
    if text[:1] in "'\u2018\u2019\u201c\"":
        # the mark by which Excel keeps a cell a text
        text = text[1:].rstrip("'\u2018\u2019\u201d\"")
    text = text.rstrip(".,;" + _AROUND)
    guest = _ENTRA_GUEST.fullmatch(text)
    if guest:
        return parse_email(f"{guest[1]}@{guest[2]}"), True
    if text.count("@") > 1 and any(sign in text for sign in ",;/ "):
        raise Invalid("email", value, "has more than one @: keep one address in a cell")
    for character in text.rpartition("@")[2]:
        if not character.isascii() and "." in unicodedata.normalize("NFKC", character):
            raise Invalid("email", value, f"has U+{ord(character):04X} in its domain, which only looks like a dot")
    return parse_email(text), False


def read_slack_id(value: str) -> str:
    """Return the Slack user id in a cell, empty when it holds none: U024BE7LH, <@U024BE7LH>, T0123456-U024BE7LH."""
    found = _SLACK.fullmatch(value.strip(_AROUND))
    known = found[1].upper() if found else ""
    return known if is_slack_user_id(known) else ""


def read_employee_id(value: str) -> str:
    """Return an employee number as it is compared: without leading zeros, "007" and "7.0" are "7"; empty for words that are none."""
    text = clean_line(value)[:MAX_NAME].casefold()
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    return "" if not any(c.isalnum() for c in text) or fold(text) in _NO_NUMBER or not text.lstrip("0") else text.lstrip("0")


def turn_name(name: str, *, last_first: bool = False) -> str:
    """Return a name in the order in which it is said: "Lima, Ana" is "Ana Lima", "Ana Lima, PhD" stays; "LIMA Ana" turns if ``last_first``.

    Names in Chinese, Japanese and Korean letters keep the family name first.
    """
    family, comma, given = name.partition(",")
    family, given = family.strip(), given.strip()
    if comma and family and given and "," not in given:
        if _is_east_asian(name):
            return f"{family} {given}"
        words = [word.strip(".").casefold() for word in given.split()]
        return name if any("".join(filter(str.isalnum, word)) in _SUFFIXES for word in words[:1]) else f"{given} {family}"
    if comma or not last_first or _is_east_asian(name):
        return name
    words = name.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words) and words[: len(capitals)] == capitals:
        return " ".join((*words[len(capitals) :], *(word.title() for word in capitals)))
    return name


def join_name(first: str, last: str) -> str:
    """Return first and last name as one; the family name stands first in Chinese, Japanese and Korean letters."""
    order = (last, first) if _is_east_asian(first) and _is_east_asian(last) else (first, last)
    return " ".join(filter(None, order))


def prefer_name(preferred: str, full: str, last: str) -> str:
    """Return the name somebody goes by: a preferred first name takes the place of the first word, a whole one that of all."""
    words = full.split()
    if not preferred or not words:
        return preferred or full
    if last:
        return preferred if last.casefold() in preferred.casefold() else join_name(preferred, last)
    if " " in preferred or len(words) < 2:
        return preferred
    return " ".join((preferred, *words[1:]))


def _is_east_asian(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and all(
        "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" or c in "々〆" for c in letters
    )
