"""What the columns of a directory's export mean.

Owns the header spellings of the tools people export from (Google Workspace, Microsoft Entra, Okta,
BambooHR, Slack) and of hand-made lists. A column that is not known is kept as an attribute and can
never become anything else, whatever it is called. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cadence.domain.statements.text import bad_character, normalise
from cadence.errors import Invalid

MAX_HEADER = 200

#: fact -> headers that mean it, without case, spaces and signs; the first that is filled wins
_HEADERS: dict[str, tuple[str, ...]] = {
    "email": (
        "email", "mail", "emailaddress", "workemail", "primaryemail", "companyemail", "businessemail", "workemailaddress", "emailwork",
        "useremail", "userprincipalname", "upn", "login", "username",
    ),
    "name": ("name", "fullname", "displayname", "employeename", "realname"),
    "first_name": ("firstname", "givenname", "forename", "preferredname", "preferredfirstname"),
    "last_name": ("lastname", "surname", "familyname", "sn"),
    "slack_user_id": ("slackuserid", "slackid", "slack", "slackmemberid", "memberid", "userid"),
    "zone": ("timezone", "tz", "zone", "zoneinfo", "iana", "ianatimezone"),
    "country": ("country", "countrycode", "usagelocation", "countryregion", "countryorregion", "workcountry", "c"),
    "locale": ("locale", "language", "preferredlanguage", "lang"),
    "team": ("team", "department", "dept", "departmentname", "division", "orgunitpath"),
    "location": ("location", "office", "officelocation", "physicaldeliveryofficename", "worklocation", "site", "city", "buildingid"),
    "manager_email": (
        "manageremail", "managersemail", "manageremailaddress", "manageruserprincipalname", "supervisoremail", "reportstoemail", "manager",
        "reportsto", "supervisor",
    ),
    "started_on": ("startedon", "startdate", "hiredate", "dateofhire", "employeehiredate", "joiningdate", "joined", "employmentstartdate"),
    "external": ("external", "isexternal", "contractor", "usertype", "employmenttype", "workertype"),
    "status": ("status", "accountenabled", "userstatus", "employmentstatus", "accountstatus"),
}  # fmt: skip
_MEANING = {spelling: (fact, rank) for fact, spellings in _HEADERS.items() for rank, spelling in enumerate(spellings)}

#: read where they fit and kept as an attribute where they do not: other systems use these headers for other things
_WEAK = frozenset({
    "userid", "memberid", "slack", "manager", "reportsto", "supervisor", "employmenttype", "workertype", "usertype", "login", "username",
    "status", "userstatus", "employmentstatus", "accountstatus", "c",
})  # fmt: skip
#: never kept, whatever directory hands them over
_SECRET = re.compile(r"passw|secret|passphrase|recovery|hashfunction|twofactor|2fa|ssn$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """``facts``: fact -> (cell index, weak) in the order of preference. ``attributes``: (cell index, key)."""

    facts: dict[str, list[tuple[int, bool]]]
    attributes: list[tuple[int, str]]
    notes: tuple[str, ...]


def read_columns(header: list[str], *, line: int) -> Columns:
    """Return what each column of ``header`` means. Raises Invalid when one is there twice or none holds the email address."""
    where = f"line {line}"
    ranked: dict[str, list[tuple[int, int, bool]]] = {}
    attributes: list[tuple[int, str]] = []
    notes: list[str] = []
    seen: dict[str, str] = {}
    for index, title in enumerate(header):
        bad = bad_character(normalise(title), one_line=True)
        if bad or len(title) > MAX_HEADER:
            raise Invalid("header", title, bad[1] if bad else f"is longer than {MAX_HEADER} characters", where=where)
        plain = _plain(title)
        if not plain:
            continue
        if plain in seen:
            reason = "is there twice; keep one column" if seen[plain] == title else f"and {seen[plain]!r} are the same column; keep one"
            raise Invalid("header", title, reason, where=where)
        seen[plain] = title
        fact, rank = _MEANING.get(plain, ("", 0))
        if fact:
            ranked.setdefault(fact, []).append((rank, index, plain in _WEAK))
        if _SECRET.search(plain):
            notes.append(f"the column {title!r} was not read: secrets have no place here")
        elif not fact or plain in _WEAK:
            attributes.append((index, attribute_key(normalise(title))))
    if "email" not in ranked:
        raise Invalid("header", ", ".join(header), "has no column for the email address", example="name,email,timezone", where=where)
    return Columns(facts={fact: _preferred(found) for fact, found in ranked.items()}, attributes=attributes, notes=tuple(notes))


def attribute_key(header: str) -> str:
    """Return the name under which a column that is not known is kept: "Job Title" is ``job_title``."""
    return "_".join("".join(c if c.isalnum() else " " for c in header.casefold()).split())


def _preferred(found: list[tuple[int, int, bool]]) -> list[tuple[int, bool]]:
    """Return the columns of one fact in order; weak headers beside a strong one are attributes only."""
    ordered = [(index, weak) for _, index, weak in sorted(found)]
    strong = [column for column in ordered if not column[1]]
    return strong or ordered


def _plain(header: str) -> str:
    """Return ``header`` without case, spaces, signs, a remark in brackets ("Email [Required]") or a "user." before it."""
    text = re.sub(r"\[.*?\]|\(.*?\)", "", normalise(header).casefold())
    text = re.sub(r"^\s*(?:user|profile|user\.profile)\.", "", text)
    return "".join(c for c in text if c.isalnum())
