"""Countries, time zones and languages as directories spell them, brought to one spelling.

Countries: ISO 3166-1 alpha-2, names from the table that comes with the IANA database. Zones: a
name that ``zone.tab`` lists is kept, an old spelling becomes the name it links to. Locales: BCP 47. Names in other
languages: CLDR. How else zones are written: ``cadence/files/people_csv/zones.py``.
"""

from __future__ import annotations

import importlib.resources
import re
from functools import lru_cache

from cadence.domain.planning.calendars import zone_names
from cadence.errors import Invalid

#: language, script, region; then what says nothing of the words: variants, extensions, encoding, currency
_LOCALE = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?"
    r"(?:[-_](?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:[-_][a-wyzA-WYZ](?:[-_][A-Za-z0-9]{2,8})+)*(?:\.[A-Za-z0-9-]+)?(?:@[A-Za-z0-9=;]+)?"
)
#: whose names of countries and languages are known, besides English
_LANGUAGES = ("en", "de", "fr", "es", "pt", "nl", "it", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ru", "ja", "zh", "zh_Hant", "ko")
#: "EST" has no summer time, and nobody who writes it means that
_ABBREVIATION = re.compile(r"[A-Za-z]{3,4}(?:[0-9].*)?")
_UNIVERSAL = frozenset({"utc", "gmt", "zulu", "etc/utc", "etc/gmt", "uct", "universal"})

#: spellings that the table lacks: alpha-3 codes and names of common use
_OTHER_NAMES = {
    "usa": "US", "united states of america": "US", "u.s.": "US", "u.s.a.": "US", "america": "US",
    "uk": "GB", "u.k.": "GB", "united kingdom": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "gbr": "GB",
    "deutschland": "DE", "deu": "DE", "ger": "DE", "france": "FR", "fra": "FR", "españa": "ES", "esp": "ES", "italia": "IT", "ita": "IT",
    "portugal": "PT", "prt": "PT", "österreich": "AT", "aut": "AT", "schweiz": "CH", "suisse": "CH", "che": "CH", "belgië": "BE",
    "bel": "BE",
    "nederland": "NL", "the netherlands": "NL", "holland": "NL", "nld": "NL", "polska": "PL", "pol": "PL", "czechia": "CZ", "cze": "CZ",
    "danmark": "DK", "dnk": "DK", "sverige": "SE", "swe": "SE", "norge": "NO", "nor": "NO", "suomi": "FI", "fin": "FI", "irl": "IE",
    "éire": "IE", "türkiye": "TR", "turkiye": "TR", "tur": "TR", "ukr": "UA", "kosovo": "XK", "rus": "RU", "russian federation": "RU",
    "brasil": "BR", "bra": "BR", "méxico": "MX", "mex": "MX", "arg": "AR", "chl": "CL", "col": "CO", "per": "PE", "can": "CA",
    "ind": "IN", "bharat": "IN", "npl": "NP", "bgd": "BD", "lka": "LK", "pak": "PK", "chn": "CN", "jpn": "JP", "kor": "KR",
    "south korea": "KR", "republic of korea": "KR", "twn": "TW", "hkg": "HK", "sgp": "SG", "phl": "PH", "vnm": "VN", "viet nam": "VN",
    "idn": "ID", "mys": "MY", "tha": "TH", "aus": "AU", "nzl": "NZ", "are": "AE", "uae": "AE", "isr": "IL", "sau": "SA",
    "ken": "KE", "nga": "NG", "zaf": "ZA", "gha": "GH", "egy": "EG", "mar": "MA", "eth": "ET", "tza": "TZ", "uga": "UG", "rwa": "RW",
}  # fmt: skip


@lru_cache(maxsize=4096)
def canonical_zone(text: str) -> str:
    """Return the IANA name of a time zone in today's spelling. Raises Invalid; it names no place that is only spelled alike."""
    folded = text.casefold().replace(" ", "_")
    name = _folded_zones().get(folded)
    if folded in _UNIVERSAL and name:
        return "Etc/UTC"
    if name is None or (_ABBREVIATION.fullmatch(name) and name.isupper()):
        reason = "is not a time zone of the IANA database" if name is None else "is an abbreviation without summer time"
        raise Invalid("timezone", text, reason, example="Europe/Berlin")
    listed, links = _zones()
    return name if name in listed else links.get(name, name)


def zone_listing() -> frozenset[str]:
    """Return the names of the zones that people live in today (zone.tab)."""
    return _zones()[0]


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """Return the ISO 3166 alpha-2 code of a country's code, or of its name in one of the languages we know. Raises Invalid."""
    codes, names = _countries()
    if text.upper() in codes:
        return text.upper()
    folded = text.casefold()
    found = _OTHER_NAMES.get(folded) or names.get(folded) or _foreign_names("territories").get(folded)
    if found in codes:
        return str(found)
    raise Invalid("country", text, "is not a country; write its two letters as in ISO 3166", example="DE")


@lru_cache(maxsize=4096)
def language_tag(text: str) -> str:
    """Return a locale as a BCP 47 tag of language, script and region: ``de_CH.UTF-8`` is ``de-CH``. Raises Invalid.

    Of a list of languages the first counts; a language may be given by its name ("German", "Deutsch (Schweiz)" is ``de``).
    """
    first = text.split(",")[0].split(";")[0].strip()
    found = _LOCALE.fullmatch(first)
    if found:
        language, script, region = found.groups()
        return "-".join(part for part in (language.lower(), script and script.title(), region and region.upper()) if part)
    name, _, place = first.partition("(")
    named = _foreign_names("languages").get(name.strip().casefold(), "")
    if not re.fullmatch(r"[a-z]{2,3}", named):
        raise Invalid("locale", text, "is not a language tag", example="en-GB")
    try:
        return f"{named}-{country_code(place.strip(' )'))}" if place else named
    except Invalid:
        return named


@lru_cache(maxsize=1)
def _folded_zones() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}


@lru_cache(maxsize=1)
def _zones() -> tuple[frozenset[str], dict[str, str]]:
    """Return the zones of zone.tab, and old name -> name it links to (zic's "L TARGET NAME" lines)."""
    listed = frozenset(line.split("\t")[2] for line in _lines("zone.tab"))
    links = {}
    for line in _lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, name = line.split()
            links[name] = target
    return listed, links


@lru_cache(maxsize=1)
def _countries() -> tuple[frozenset[str], dict[str, str]]:
    rows = [line.split("\t") for line in _lines("iso3166.tab")]
    return frozenset(row[0] for row in rows) | {"XK"}, {row[1].casefold(): row[0] for row in rows}


def _lines(name: str) -> list[str]:
    text = importlib.resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=2)
def _foreign_names(kind: str) -> dict[str, str]:
    """Return name -> code of the countries or languages, as CLDR has them in the languages we know."""
    from babel import Locale

    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in getattr(Locale.parse(language), kind).items():
            found.setdefault(str(name).casefold(), str(code))
    return found
