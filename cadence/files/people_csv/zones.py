"""Time zones as directories write them, beyond the names of the IANA database: Windows, Salesforce, Rails, offsets.

Windows names come from CLDR (``windowsZones``, in Babel). Nothing is found by likeness: a name fits whole, or
the cell says nothing. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from babel.core import get_global

from cadence.domain.people.places import canonical_zone, zone_listing
from cadence.errors import Invalid
from cadence.files.people_csv.folding import fold

_IANA = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2}")
_OFFSET = re.compile(r"\(?\s*(?:UTC|GMT)?\s*([+\-\u2212\u00b1])\s*(\d{1,2})(?::?(\d{2}))?\s*(?:h|hours|hrs)?\s*\)?", re.IGNORECASE)
_LABEL = re.compile(r"\(\s*(?:UTC|GMT)[^()]*\)\s*(.+)", re.IGNORECASE)
_BRACKET = re.compile(r"(.+?)\s*\(([^()]+)\)")
_UNIVERSAL = re.compile(r"\(([^()]+)\)\s*Coordinated Universal Time[-+\d]*", re.IGNORECASE)

#: names of Windows, Rails, Google and people for zones with summer time that hold no city
_NAMES = {
    "America/New_York": "Eastern Time (US & Canada)|Eastern Time|US Eastern|Eastern|ET|EST5EDT|EST/EDT|Eastern Time - New York",
    "America/Chicago": "Central Time (US & Canada)|Central Time|US Central|CT|CST6CDT|CST/CDT|Central Time - Chicago",
    "America/Denver": "Mountain Time (US & Canada)|Mountain Time|US Mountain|MT|MST7MDT|MST/MDT|Mountain Time - Denver",
    "America/Los_Angeles": "Pacific Time (US & Canada)|Pacific Time|US Pacific|PT|PST8PDT|PST/PDT|Pacific Time - Los Angeles",
    "America/Anchorage": "Alaska|Alaska Time|US Alaska",
    "Pacific/Honolulu": "Hawaii|Hawaii Time|US Hawaii",
    "America/Phoenix": "Arizona|US Arizona|Mountain Time - Arizona",
    "America/Halifax": "Atlantic Time (Canada)|Atlantic Time",
    "America/St_Johns": "Newfoundland|Newfoundland Time",
    "America/Indiana/Indianapolis": "Indiana (East)|Indiana East",
    "America/Regina": "Saskatchewan",
    "America/Guatemala": "Central America",
    "America/Tijuana": "Baja California",
    "America/Nuuk": "Greenland",
    "Atlantic/Azores": "Azores",
    "Atlantic/Cape_Verde": "Cabo Verde Is.|Cape Verde Is.",
    "Europe/London": "UK Time|British Time|BST/GMT|GMT/BST",
    "Africa/Lagos": "West Central Africa",
    "Africa/Windhoek": "Windhoek",
    "Europe/Brussels": "CET|MET|CET/CEST|CEST/CET|Central European Time|Mitteleuropäische Zeit|Heure d'Europe centrale"
    "|Hora de Europa Central",
    "Europe/Athens": "EET|EET/EEST|Eastern European Time|Osteuropäische Zeit",
    "Europe/Lisbon": "WET|WET/WEST|Western European Time|Westeuropäische Zeit",
    "Asia/Kolkata": "IST (India)|India Standard Time|India|Indian Standard Time",
    "Asia/Tokyo": "JST|Japan Standard Time|Japan",
    "Pacific/Guadalcanal": "Solomon Is., New Caledonia|Solomon Is.",
    "Pacific/Kiritimati": "Kiritimati Island",
    "Pacific/Tongatapu": "Nuku'alofa",
    "Pacific/Pago_Pago": "Midway Island|American Samoa",
    "Pacific/Apia": "Samoa",
    "Pacific/Fiji": "Fiji|Fiji Is.",
    "Pacific/Auckland": "New Zealand|New Zealand Time",
    "Asia/Kamchatka": "Petropavlovsk-Kamchatsky",
    "Asia/Shanghai": "China Standard Time|China|Beijing Time|Beijing",
    "Etc/UTC": "Coordinated Universal Time|UTC+0|UTC+00:00|GMT+0|GMT+00:00|UTC-00:00|Greenwich Mean Time|UTC|GMT|Z",
}
#: offsets that have no name of their own and are the whole year's of one place
_FIXED: dict[tuple[int, int], str] = {
    (3, 30): "Asia/Tehran",
    (4, 30): "Asia/Kabul",
    (5, 30): "Asia/Kolkata",
    (5, 45): "Asia/Kathmandu",
    (6, 30): "Asia/Yangon",
    (8, 45): "Australia/Eucla",
    (9, 30): "Australia/Darwin",
    (-9, 30): "Pacific/Marquesas",
}


@lru_cache(maxsize=4096)
def read_zone(text: str) -> str:
    """Return the IANA name of a zone however it is written. Raises Invalid with the reason.

    >>> read_zone("W. Europe Standard Time"), read_zone("(UTC+01:00) Amsterdam, Berlin, Bern, Rome"), read_zone("UTC+1")
    ('Europe/Berlin', 'Europe/Berlin', 'Etc/GMT-1')
    """
    known = _names().get(_fold(text))
    if known:
        return known
    inside = {name for name in _IANA.findall(text) if _is_zone(name)}
    if len(inside) == 1 and not _is_zone(text):
        return canonical_zone(inside.pop())
    label = _LABEL.fullmatch(text.strip())
    if label:
        found = _by_label(label)
        if found:
            return found
    universal = _UNIVERSAL.fullmatch(text.strip())
    offset = _OFFSET.fullmatch(universal[1] if universal else text.strip())
    if offset:
        return _fixed(text, offset)
    return _cities().get(fold(text)) or _around_bracket(text) or canonical_zone(text)


def _around_bracket(text: str) -> str:
    """Return the zone of "GMT+00:00 Western European Time (Lisbon)" or "Lisbon (WET)"; empty for none."""
    found = _BRACKET.fullmatch(text.strip())
    parts = map(_fold, found.groups()) if found else ()
    return next((zone for part in parts if (zone := _names().get(part) or _cities().get(part))), "")


def _fold(text: str) -> str:
    """Return ``text`` folded, with the signs of offsets kept apart."""
    return fold(text.replace("+", " plus ").replace("-", " minus "))


def _is_zone(text: str) -> bool:
    try:
        canonical_zone(text)
    except Invalid:
        return False
    return True


def _by_label(label: re.Match[str]) -> str:
    """Return the zone of "(UTC+01:00) Amsterdam, Berlin, Bern, Rome": a Windows zone's own city first; empty for none."""
    whole = _names().get(_fold(label[1]))
    if whole:
        return whole
    cities = (_names().get(city) or _cities().get(city) for city in map(fold, re.split(r"[,/]", label[1])))
    found = [name for name in cities if name]
    leading = [name for name in found if name in _windows_main()]
    return (leading or found or [""])[0]


def _fixed(text: str, offset: re.Match[str]) -> str:
    sign = 1 if offset[1] == "+" else -1
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if minutes == 0 and hours == 0:
        return "Etc/UTC"
    if minutes == 0 and -12 <= sign * hours <= 14:
        # POSIX counts the other way
        return f"Etc/GMT{'-' if sign > 0 else '+'}{hours}"
    found = _FIXED.get((sign * hours, minutes))
    if found is None:
        raise Invalid("timezone", text, "is an offset, which does not say when clocks change", example="Europe/Berlin")
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    found = {}
    for windows, name in get_global("windows_zone_mapping").items():
        found[_fold(windows)] = canonical_zone(name)
    for name, words in _NAMES.items():
        for word in words.split("|"):
            found[_fold(word)] = name
    return found


@lru_cache(maxsize=1)
def _windows_main() -> frozenset[str]:
    return frozenset(canonical_zone(name) for name in get_global("windows_zone_mapping").values())


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """Return folded city -> zone, for the cities that name one zone only."""
    found: dict[str, set[str]] = {}
    for name in zone_listing():
        found.setdefault(fold(name.rpartition("/")[2]), set()).add(canonical_zone(name))
    return {city: next(iter(zones)) for city, zones in found.items() if len(zones) == 1}
