"""What the columns of a directory's export mean.

Each column is a fact of ours, private and never read, another system's business, or not understood. A header that is
understood by half refuses the whole file: what stands in the other half may say who left. Words: ``headers.py``,
``private_columns.py``, ``other_columns.py``. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cadence.domain.people.person import attribute_key
from cadence.domain.statements.text import bad_character, normalise
from cadence.errors import Invalid
from cadence.files.people_csv.folding import fold
from cadence.files.people_csv.headers import FALLBACK, MEANINGS, WEAK, fold_header
from cadence.files.people_csv.other_columns import is_other, seems_to_tell
from cadence.files.people_csv.private_columns import is_private
from cadence.files.people_csv.standing import JUDGED

MAX_HEADER = 200
_SHOWN = 12

#: names of a person: who reads none of them has not understood the file
_NAMES = ("name", "last_first", "first_name", "last_name", "preferred_name")
#: who a row is about: two columns of one name contradict each other
_ONCE = ("email", "name", "last_first", "first_name", "last_name", "preferred_name", "slack_user_id")
#: beside a first name these are family names ("Name; Vorname"); alone they are whole ones
_EITHER_NAME = frozenset({"name", "naam", "namn", "navn", "nimi"})
_NAMELIKE = re.compile("name|nahme|nom|nombre|nome|naam|namn|navn|nimi|imie|nazw|apell|cogn|姓|名|이름|성명|имя|фамил")

_REMARK = re.compile(r"\[.*?\]")
_BRACKETS = re.compile(r"\(.*?\)")
_PREFIX = re.compile(
    r"\s*(?:(?:user\.profile|user|profile|attributes|organizations\.0)\."
    r"|(?:worker|employee|user|person|associate|work contact|employment|job|position|staff|hr)\s*(?::|\s-)\s*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """``facts``: fact -> (cell index, weak) in the order of preference. ``attributes``: (cell index, key) of those that are kept."""

    facts: dict[str, list[tuple[int, bool]]]
    #: (fact, cell index, header) of what says who is here, gone or from outside
    judged: list[tuple[str, int, str]]
    attributes: list[tuple[int, str]]
    notes: list[str]
    #: headers that are ours or known to be nobody's business here, and those that are not understood
    understood: list[str]
    not_understood: list[str]
    #: (cell index, header) of columns whose cells are looked at for words of leaving; True: the header itself speaks of it
    watched: list[tuple[int, str, bool]]


@dataclass(slots=True)
class _Found:
    """What was found of each column so far."""

    ranked: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    attributes: dict[str, list[int]] = field(default_factory=dict)
    private: list[str] = field(default_factory=list)
    not_kept: list[str] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)
    watched: list[tuple[int, str, bool]] = field(default_factory=list)


def holds_address(cells: list[str]) -> bool:
    """Whether these cells are a header: one of them names the column of email addresses."""
    return any(_meaning(cell)[0] == "email" for cell in cells if 0 < len(cell) <= MAX_HEADER)


def read_columns(header: list[str], *, line: int, keep: frozenset[str] = frozenset()) -> Columns:
    """Return what each column of ``header`` means. ``keep``: keys of the attributes that anybody needs.

    Raises Invalid when none holds the email address, when a column of ours is there twice, or when the header is understood by half.
    """
    where = f"line {line}"
    found = _Found()
    titles = [_checked(title, where) for title in header]
    for index, title in enumerate(titles):
        if title:
            _place(index, title, found, keep)
    notes: list[str] = []
    _drop_doubled(found, titles, notes, where)
    if "email" not in found.ranked:
        reason = "has no column for the email address" + _parts(found)
        raise Invalid("header", ", ".join(filter(None, titles)), reason, example="name,email,timezone", where=where)
    if not _is_whole(found):
        raise half_understood(found.understood, found.not_understood, where=where)
    attributes = []
    for key, places in found.attributes.items():
        if len(places) == 1:
            attributes.append((places[0], key))
        else:
            notes.append(f"the attribute {key} has {len(places)} columns and stays empty")
    if found.private:
        notes.append(f"private columns, never read: {_listed(found.private)}")
    if found.not_kept:
        notes.append(f"columns not kept, because no audience uses them (people.keep_attributes can keep more): {_listed(found.not_kept)}")
    facts = {fact: _preferred(places) for fact, places in found.ranked.items()}
    return Columns(
        facts=facts,
        judged=_judged(found.ranked, titles),
        attributes=attributes,
        notes=notes,
        understood=found.understood,
        not_understood=found.not_understood,
        watched=found.watched,
    )


def half_understood(understood: list[str], not_understood: list[str], *, where: str, because: str = "") -> Invalid:
    """Return the refusal of a file whose header is understood by half."""
    reason = (
        f"is only half understood, so nothing was read{because}. Understood: {_listed(understood) or 'nothing'}. "
        f"Not understood: {_listed(not_understood)}. Rename these columns to headers of docs/people.md, or leave them out"
    )
    return Invalid("header", ", ".join(not_understood), reason, where=where)


def _checked(title: str, where: str) -> str:
    text = normalise(title).strip("\u200b\u200e\u200f\u2060\ufeff \t")
    bad = bad_character(text, one_line=True)
    if bad or len(text) > MAX_HEADER:
        raise Invalid("header", title, bad[1] if bad else f"is longer than {MAX_HEADER} characters", where=where)
    return text


def _place(index: int, title: str, found: _Found, keep: frozenset[str]) -> None:
    fact, rank, plain = _meaning(title)
    key = attribute_key(title)
    if fact:
        found.ranked.setdefault(fact, []).append((rank, index, plain))
        found.understood.append(title)
    elif is_private(title):
        found.private.append(title)
        found.understood.append(title)
        return
    if key in keep and (plain in WEAK or fact not in ("email", "slack_user_id")):
        found.attributes.setdefault(key, []).append(index)
        if not fact:
            found.understood.append(title)
    elif not fact:
        known = is_other(title)
        (found.understood if known else found.not_understood).append(title)
        found.not_kept.append(title)
        telling = seems_to_tell(title)
        if telling or not known:
            found.watched.append((index, title, telling))


def _meaning(title: str) -> tuple[str, int, str]:
    """Return (fact, rank, folded header); no fact when no table has it, without its remark or what stands before it either."""
    plain = fold_header(title)
    for text in _spellings(title):
        folded = fold_header(text)
        found = MEANINGS.get(folded)
        if found:
            return (*found, folded)
    return "", 0, plain


def _spellings(title: str) -> list[str]:
    """Return a header as it stands, without a remark in brackets ("Email [Required]"), and without the "user." before it."""
    bare = _REMARK.sub("", title)
    found = [title, bare]
    if not is_private(bare):
        # "Email (Personal)" is not the address we mean
        found.append(_BRACKETS.sub("", bare))
    found += [_PREFIX.sub("", text, count=1) for text in tuple(found) if _PREFIX.match(text)]
    if ":" in bare and not is_private(bare):
        found.append(bare.rpartition(":")[2])
    return found


def _drop_doubled(found: _Found, titles: list[str], notes: list[str], where: str) -> None:
    """Refuse a column of who a row is about that is there twice; leave others that are there twice empty."""
    for fact in list(found.ranked):
        places = found.ranked[fact]
        by_plain: dict[str, list[int]] = {}
        for _, index, plain in places:
            by_plain.setdefault(plain, []).append(index)
        doubled = {plain: indices for plain, indices in by_plain.items() if len(indices) > 1}
        if not doubled or fact in JUDGED:
            continue
        for plain, indices in doubled.items():
            first, second = titles[indices[0]], titles[indices[1]]
            if fact in _ONCE and plain not in WEAK:
                reason = "is there twice; keep one column" if first == second else f"and {first!r} are the same column; keep one"
                raise Invalid("header", second, reason, where=where)
            notes.append(f"the column {second!r} appears {len(indices)} times and was not read")
        left = [place for place in places if place[2] not in doubled]
        if left:
            found.ranked[fact] = left
        else:
            del found.ranked[fact]
    first_name, last_name, name = (found.ranked.get(fact) for fact in ("first_name", "last_name", "name"))
    if first_name and not last_name and name and all(plain in _EITHER_NAME for _, _, plain in name):
        found.ranked["either_name"] = found.ranked.pop("name")


def _is_whole(found: _Found) -> bool:
    """Whether the header is understood well enough to be believed: names are read, and less than half is strange."""
    strange = found.not_understood
    if not strange:
        return True
    named = [fact for fact in (*_NAMES, "either_name") if fact in found.ranked]
    if len(strange) > len(found.understood) or (not named and len(strange) == len(found.understood)):
        return False
    # one half of a name is known, and another column looks like the other half
    return bool({"name", "last_first", "either_name"} & set(named) or {"first_name", "last_name"} <= set(named)) or not any(
        _NAMELIKE.search(fold(title)) for title in strange
    )


def _preferred(places: list[tuple[int, int, str]]) -> list[tuple[int, bool]]:
    """Return the columns of one fact in order; weak headers beside a strong one do not count."""
    ordered = [(index, plain in WEAK) for _, index, plain in sorted(places)]
    strong = [column for column in ordered if not column[1]]
    return strong or ordered


def _judged(ranked: dict[str, list[tuple[int, int, str]]], titles: list[str]) -> list[tuple[str, int, str]]:
    found = []
    for fact in JUDGED:
        places = sorted(ranked.get(fact, ()))
        sure = [place for place in places if place[2] not in FALLBACK]
        # the end of a contract speaks where nothing else does: a contract may be followed by another
        others = ("status", "active_flag", "closed_flag") if fact == "left_on" else ()
        if not sure and any(other in ranked for other in others):
            continue
        found += [(fact, index, titles[index]) for _, index, _ in sure or places]
    return found


def _parts(found: _Found) -> str:
    understood = f"; understood: {_listed(found.understood)}" if found.understood else ""
    return understood + (f"; not understood: {_listed(found.not_understood)}" if found.not_understood else "")


def _listed(titles: list[str]) -> str:
    return ", ".join(titles[:_SHOWN]) + (f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else "")
