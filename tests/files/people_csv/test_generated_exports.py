"""A law over exports made from the tables: closed stay closed, guests are outside, strange words are told, no needless refusal."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cadence.files.people_csv import headers, outside_words, status_words
from cadence.files.people_csv.folding import fold
from cadence.files.people_csv.headers import FALLBACK, MEANINGS, WEAK, fold_header
from cadence.files.people_csv.reader import parse_people
from cadence.files.people_csv.standing import says_of_word

TODAY = date(2026, 11, 30)
LANGUAGES = sorted(status_words.CLOSED_BY_LANGUAGE)
YES_AND_NO = "true/false|Yes/No|1/0|ja/nein|oui/non|sim/não|WAHR/FALSCH|はい/いいえ|是/否"
FLAGS = [tuple(pair.split("/")) for pair in YES_AND_NO.split("|")]
JUDGED = ["status", "active_flag", "closed_flag", "left_on", "kind", "outside_flag"]
DATES = ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%d %b %Y", "%Y年%m月%d日", "%Y-%m-%dT00:00:00Z"]
STRANGE = ["Blorp", "Zonk", "Wibble wobble", "Ξένο"]
#: columns that nobody needs, with cells that say nothing
NEEDLESS = {
    "Time Zone": ["Mars/Olympus", "EST", "Europe/Berlim"],
    "Country": ["Atlantis", "Springfield"],
    "Locale": ["klingon!", "e"],
    "Start Date": ["soon", "31.02.2024", "0000-00-00"],
    "Phone": ["\u202a+351 9\u202c", "x" * 2_000],
    "Notes": ["one\x0btwo", "=1+1"],
    "Team": ["x" * 500, "a\u202eb"],
    "Manager Email": ["nobody", "a@b@c"],
    "Slack ID": ["#general", "@ana"],
    "Birth date": ["1990-01-01"],
}


@dataclass
class Made:
    """An export, and what is right of it."""

    table: list[list[str]]
    here: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    to_come: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    strange: Counter[str] = field(default_factory=Counter)


def sure_headers(fact: str, language: str) -> list[str]:
    """Return the headers of a fact in a language, without those that mean it only where nothing better is there."""
    told = headers.HEADERS[fact].get(language) or headers.HEADERS[fact]["en"]
    found = [header for header in told.split("|") if MEANINGS[fold_header(header)][0] == fact]
    return [header for header in found if fold_header(header) not in WEAK | FALLBACK] or [headers.HEADERS[fact]["en"].split("|")[0]]


def words(table: dict[str, str], language: str, like: str) -> list[str]:
    """Return the words of a table in a language that mean the same as ``like``, whatever else they may mean elsewhere."""
    told = table.get(language) or table["en"]
    return [word for word in told.split("|") if says_of_word(word) is says_of_word(like) and len(fold(word)) > 1]


@st.composite
def exports(draw: st.DrawFn) -> Made:
    language = draw(st.sampled_from(LANGUAGES))

    def pick(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    names = pick([["name"], ["last_first"], ["first_name", "last_name"]])
    judged = draw(st.lists(st.sampled_from(JUDGED), min_size=1, unique=True))
    facts = ["email", *names, *judged]
    columns = [pick(sure_headers(fact, language)) for fact in facts]
    needless = draw(st.lists(st.sampled_from(sorted(NEEDLESS)), unique=True, max_size=4))
    if len({fold_header(header) for header in [*columns, *needless]}) < len(columns) + len(needless):
        columns = [sure_headers(fact, "en")[0] for fact in facts]
    order = draw(st.permutations(range(len(columns) + len(needless))))
    made = Made(table=[[([*columns, *needless])[n] for n in order]])
    yes, no = pick(FLAGS)
    form = pick(DATES)
    here_words = words(status_words.ACTIVE_BY_LANGUAGE, language, "active")
    gone_words = words(status_words.CLOSED_BY_LANGUAGE, language, "inactive")
    next_words = words(status_words.NOT_YET_BY_LANGUAGE, language, "invited")
    outer = words(outside_words.OUTSIDE_BY_LANGUAGE, language, "guest")
    inner = words(outside_words.INSIDE_BY_LANGUAGE, language, "permanent")
    for number in range(draw(st.integers(min_value=1, max_value=6))):
        email = f"p{number}@example.com"
        closers = [fact for fact in judged if fact not in ("kind", "outside_flag")]
        closed_by = pick([None, *closers])
        outside_by = pick([None, *(fact for fact in judged if fact in ("kind", "outside_flag"))])
        to_come = "status" in judged and closed_by is None and draw(st.booleans()) and draw(st.booleans())
        strange = pick(STRANGE) if "status" in judged and closed_by != "status" and not to_come and draw(st.booleans()) else ""
        days = draw(st.integers(min_value=1, max_value=2_000))
        cells = {
            "email": email,
            "name": f"Ana Lima{number}",
            "last_first": f"Lima{number}, Ana",
            "first_name": "Ana",
            "last_name": f"Lima{number}",
            "status": strange or pick(gone_words if closed_by == "status" else next_words if to_come else here_words),
            "active_flag": no if closed_by == "active_flag" else yes,
            "closed_flag": yes if closed_by == "closed_flag" else no,
            "left_on": _day(days, form) if closed_by == "left_on" else pick(["", _day(-days, form)]),
            "kind": pick(outer if outside_by == "kind" else inner),
            "outside_flag": yes if outside_by == "outside_flag" else no,
        }
        row = [*(cells[fact] for fact in facts), *(pick([*NEEDLESS[header], ""]) for header in needless)]
        made.table.append([row[n] for n in order])
        standing = made.gone if closed_by else made.to_come if to_come else made.here
        standing.add(email)
        if outside_by and not closed_by and not to_come:
            made.outside.add(email)
        if strange:
            made.strange[strange] += 1
    return made


def _day(days_ago: int, form: str) -> str:
    return (TODAY - timedelta(days=days_ago)).strftime(form)


@given(exports(), st.sampled_from(",;\t|"))
def test_every_export_made_of_the_tables_is_read_right(made: Made, delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(made.table)
    file = parse_people(text.getvalue().encode(), today=TODAY)
    assert file.refusals == (), "no row is refused for a fact that is not needed"
    assert {left.email for left in file.closed} == made.gone
    assert set(file.not_yet) == made.to_come
    assert {row.email for row in file.rows} == made.here
    assert {row.email for row in file.rows if row.external} == made.outside
    assert all(row.name.startswith("Ana Lima") for row in file.rows)
    told = " ".join(note for note in file.notes if note.startswith("unknown words"))
    assert all(f"{word!r} ({count})" in told for word, count in made.strange.items())


def test_no_word_says_two_things() -> None:
    tables = {
        "gone": status_words.CLOSED,
        "to come": status_words.NOT_YET,
        "beginning": status_words.STARTING,
        "no human": status_words.NO_HUMAN,
        "outside": outside_words.OUTSIDE,
        "here": status_words.ACTIVE | outside_words.INSIDE,
    }
    twice = {(one, other): words for one, other in combinations(tables, 2) if (words := tables[one] & tables[other])}
    assert twice == {}


def test_the_languages_of_hr_systems_have_words_and_headers_of_every_kind() -> None:
    languages = {"en", "de", "fr", "es", "pt", "nl", "it", "pl", "sv", "da", "no", "fi", "cs", "tr", "ru", "ja", "zh", "ko"}
    for table in (status_words.CLOSED_BY_LANGUAGE, status_words.ACTIVE_BY_LANGUAGE, status_words.NOT_YET_BY_LANGUAGE):
        assert table.keys() >= languages
    assert outside_words.OUTSIDE_BY_LANGUAGE.keys() >= languages
    for fact in ("email", "last_name", "status", "active_flag", "closed_flag", "left_on", "outside_flag", "kind", "started_on", "team"):
        assert headers.HEADERS[fact].keys() >= languages, fact
