"""The words around the statements, in the reader's language, with its plural forms, dates and numbers.

Owns the files ``words/<language>.toml``: all that people read in messages, on pages and in Slack, in parts; which keys and
placeholders they may hold. English is complete and stands in for what another language lacks. Words are text with
``{placeholders}``, never templates. What each text is for: docs/templates.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.planning.calendars import zone
from cadence.errors import ConfigError
from cadence.rendering.template_checks import line_of_key
from cadence.rendering.templates import TemplateFolder
from cadence.shipped import shipped_folder

FALLBACK = "en"
#: the folder of the word files, and the part of each file that belongs to every other part
FOLDER, COMMON = "words", "common"

#: folders that held the words of one part each, and that part
_OLD_FOLDERS = {"locale": "messages", "pages": "person", "slack": "slack"}
_HARD_SPACE = "\N{NO-BREAK SPACE}"
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_PLURAL = re.compile(r"zero|one|two|few|many|other|=\d{1,3}")
_SHAPE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


class Words:
    """The words of one language. Build them with ``load_words``.

    ``say(key, **values)``: the text ``key`` with its placeholders filled; ``count(key, n, **values)``: the form of ``key``
    that this language uses for ``n`` things; ``nth(key, n)``: the form it uses for the ``n``-th; ``name(table, code)``: what a
    code is called.
    """

    def __init__(
        self, language: str, texts: Mapping[str, str], plurals: Mapping[str, Mapping[str, str]], names: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.language = language
        self.texts = texts
        self.plurals = plurals
        self.names = names
        self.locale = Locale.parse(language.replace("-", "_"))
        self._day = lru_cache(maxsize=512)(self._write_date)
        # the same few sentences stand in every mail of a batch
        self.say = lru_cache(maxsize=2048)(self._say)
        self.count = lru_cache(maxsize=2048)(self._count)
        self.nth = lru_cache(maxsize=512)(self._nth)

    @property
    def direction(self) -> str:
        """Return "ltr" or "rtl"."""
        return self.locale.text_direction

    def _say(self, key: str, **values: str) -> str:
        """Return the text ``key`` with its placeholders filled."""
        return fill(self.texts[key], values)

    def _count(self, key: str, n: int, **values: str) -> str:
        """Return the form of ``key`` that this language uses for ``n`` things."""
        return fill(self.form(key, n), {**values, "n": self.number(n)})

    def _nth(self, key: str, n: int) -> str:
        """Return the form of ``key`` that this language uses for the ``n``-th: 11th, 21st, 22nd."""
        forms = self.plurals[key]
        return fill(forms.get(f"={n}") or forms.get(str(self.locale.ordinal_form(n))) or forms["other"], {"n": str(n)})

    def form(self, key: str, n: int) -> str:
        """Return the form of ``key`` for ``n`` things, its placeholders not filled."""
        forms = self.plurals[key]
        return forms.get(f"={n}") or forms.get(_plural_form(self.language, n)) or forms["other"]

    def name(self, table: str, code: str) -> str:
        """Return what ``code`` is called; the code itself when it is one from a newer program."""
        return self.names[table].get(code, code.replace("_", " "))

    def kind(self, kind: str) -> str:
        """Return the name of a kind of statement."""
        return self.name("kinds", kind)

    def long_date(self, day: date) -> str:
        """Return a date with the month written out: "3 May 2026"."""
        return self._day(day, "date")

    def date_seen_from(self, day: date, *, year: int) -> str:
        """Return a date as it is told in ``year``: "3 May", or "3 May 2025" of another year."""
        return self._day(day, "date_of_this_year" if day.year == year else "date")

    def instant(self, local: datetime) -> str:
        """Return an aware local instant: "23 Nov 2026 09:12 CET"."""
        name = local.tzname() or "UTC"
        return f"{self._day(local.date(), 'day')} {local:%H:%M} {'UTC' + name if name[0] in '+-' else name}"

    def moment(self, instant: datetime, zone_name: str) -> str:
        """Return an aware instant in a zone, which is named: "Mon 23 Nov 2026, 10:00 (Europe/Berlin)". Needs the text ``moment``."""
        return f"{format_datetime(instant.astimezone(zone(zone_name)), self.texts['moment'], locale=self.locale)} ({zone_name})"

    def short_day(self, day: date) -> str:
        """Return a date in its short form: "23 Nov 2026"."""
        return self._day(day, "day")

    def short_month(self, day: date) -> str:
        """Return the name of a day's month in its short form: "Nov"."""
        return format_date(day, "LLL", locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number as this language writes it, with at most three decimals."""
        return format_decimal(value, locale=self.locale)

    def _write_date(self, day: date, pattern: str) -> str:
        return format_date(day, self.texts[pattern], locale=self.locale)


class Vocabulary:
    """The words of all languages there are files for."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self.words = words
        self._found: dict[str, Words] = {}

    def for_locale(self, locale: str) -> Words:
        """Return the words for a person's locale ("de-AT", "de_AT", "de"); English when there are none."""
        found = self._found.get(locale)
        if found is None:
            found = self._look_up(locale)
            if len(self._found) < 1000:
                self._found[locale] = found
        return found

    def _look_up(self, locale: str) -> Words:
        wanted = locale.replace("_", "-").lower() if _SHAPE.fullmatch(locale) else ""
        while wanted:
            for language, words in self.words.items():
                if language.replace("_", "-").lower() == wanted:
                    return words
            wanted = wanted.rpartition("-")[0]
        return self.words[FALLBACK]


def load_words(folder: TemplateFolder, part: str = "messages", *, smallest_group: int = SMALLEST_GROUP) -> Vocabulary:
    """Return the words of one part of every ``words/*.toml``: "messages", "person" (pages from messages), "slack" or "leader".

    smallest_group: what ``{k}`` stands for in them (``privacy.k``); it is filled in here.
    Raises ConfigError naming the file, its line, the key and the reason.
    """
    _refuse_old_places(folder)
    if not folder.paths(f"{FOLDER}/{FALLBACK}.toml"):
        raise ConfigError(f"templates: there is no {FOLDER}/{FALLBACK}.toml")
    languages = [FALLBACK, *folder.names(FOLDER, ".toml")]
    return _vocabulary(tuple((language, _sources(folder, language)) for language in languages), part, smallest_group)


#: path and text of each file of a language, strongest first
_Sources = tuple[tuple[Path, str], ...]


@lru_cache(maxsize=32)  # a process asks for half a dozen parts of the same files, some of them several times
def _vocabulary(sources: tuple[tuple[str, _Sources], ...], part: str, smallest_group: int) -> Vocabulary:
    checked = _checked(sources)
    base = _merged(checked[FALLBACK], part)
    found = {}
    for language, own in checked.items():
        try:
            found[language] = _words(language, {**base, **_merged(own, part)}, {"k": str(smallest_group)})
        except (UnknownLocaleError, ValueError):
            raise ConfigError(f"{own[0].path}: {language} is not a language (for example: de.toml, pt-BR.toml)") from None
    return Vocabulary(found)


@lru_cache(maxsize=8)
def _checked(sources: tuple[tuple[str, _Sources], ...]) -> dict[str, list[_File]]:
    """Return the parsed files by language, English first; nobody may change them."""
    files = {language: [_File(path, source, _parse(path, source)) for path, source in own] for language, own in sources}
    # the shipped English file says which texts and placeholders there are
    reference = files[FALLBACK][-1].parts
    for own in files.values():
        for file in own:
            _check(file, reference)
    return files


@lru_cache
def english(part: str) -> Words:
    """Return the shipped English words of a part: for commands, the API and logs, which speak English."""
    return load_words(TemplateFolder([shipped_folder("messages") / "templates"]), part).words[FALLBACK]


_Table = dict[str, str | dict[str, str]]


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    source: str
    parts: dict[str, _Table]

    def at(self, *names: str) -> str:
        return f"{self.path}, line {line_of_key(self.source, *names)}: {'.'.join(names)}"


def _sources(folder: TemplateFolder, language: str) -> _Sources:
    name = f"{FOLDER}/{language}.toml"
    return tuple(zip(folder.paths(name), folder.read_all(name), strict=True))


def _merged(files: Sequence[_File], part: str) -> _Table:
    merged: _Table = {}
    for file in reversed(files):
        merged |= file.parts.get(COMMON, {}) | file.parts.get(part, {})
    return merged


@lru_cache(maxsize=16)
@lru_cache(maxsize=16)
def _parse(path: Path, source: str) -> dict[str, _Table]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _refuse_old_places(folder: TemplateFolder) -> None:
    for place, part in _OLD_FOLDERS.items():
        for language in folder.names(place, ".toml"):
            path = folder.paths(f"{place}/{language}.toml")[0]
            raise ConfigError(f"{path}: words stand in {FOLDER}/{language}.toml; move these below [{part}] there")


def _check(file: _File, reference: Mapping[str, _Table]) -> None:
    for part, table in file.parts.items():
        if part not in reference:
            raise ConfigError(f"{file.at(part)}: there is no such part; there is {', '.join(reference)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{file.at(part)}: must be a table")
        for key, value in table.items():
            try:
                _check_entry(key, value, reference[part])
            except _WrongText as wrong:  # its line is looked for now: a thousand right texts need none
                raise ConfigError(f"{file.at(part, key)}: {wrong}") from None


class _WrongText(ValueError):
    """What is wrong about one text."""


def _check_entry(key: str, value: object, base: _Table) -> None:
    english = f"{FOLDER}/{FALLBACK}.toml"
    if key not in base:
        raise _WrongText(f"there is no such text; see {english}")
    if isinstance(value, dict) != isinstance(base[key], dict) or not isinstance(value, dict | str):
        raise _WrongText(f"must be a {'table' if isinstance(base[key], dict) else 'text'} as in {english}")
    if isinstance(value, dict) and "other" not in base[key]:
        unknown = [code for code in value if code not in base[key]]
        if unknown:
            raise _WrongText(f"there is no {unknown[0]}; see {english}")
    elif isinstance(value, dict):
        unknown = [form for form in value if not _PLURAL.fullmatch(form)]
        if unknown or "other" not in value:
            raise _WrongText(f"{unknown[0] + ' is not a plural form' if unknown else 'needs the form other'}")
    for text in value.values() if isinstance(value, dict) else [value]:
        _check_text(text, _placeholders(base[key]) | ({"n"} if isinstance(value, dict) else set()))


def _check_text(text: object, allowed: set[str]) -> None:
    if not isinstance(text, str) or not text.strip() or not text.replace(_HARD_SPACE, " ").isprintable():
        raise _WrongText("must be one line of text")
    unknown = sorted(set(_PLACEHOLDER.findall(text)) - allowed)
    if unknown:
        raise _WrongText(f"there is no {{{unknown[0]}}} here; there is " + (", ".join(sorted(allowed)) or "no placeholder"))


def _placeholders(value: str | dict[str, str]) -> set[str]:
    return set(_PLACEHOLDER.findall(" ".join(value.values()) if isinstance(value, dict) else value))


def _words(language: str, merged: _Table, known: Mapping[str, str]) -> Words:
    texts = {key: _fill_known(value, known) for key, value in merged.items() if isinstance(value, str)}
    plurals = {key: value for key, value in merged.items() if isinstance(value, dict) and "other" in value}
    names = {key: value for key, value in merged.items() if isinstance(value, dict) and "other" not in value}
    return Words(language, texts, plurals, names)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with each placeholder replaced once; braces inside a value stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text) if "{" in text else text


def _fill_known(text: str, known: Mapping[str, str]) -> str:
    """Return ``text`` with the placeholders among ``known`` filled; the others wait for their values."""
    return _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), text)


@lru_cache(maxsize=4096)
def _plural_form(language: str, n: int) -> str:
    """Return the CLDR plural category of ``n``; Babel evaluates the rule at each call, a fifth of a message's price."""
    return str(Locale.parse(language, sep="-").plural_form(n))
