"""Users of SCIM and people of Cadence: one read as the other.

What the directory said is told back as it said it; who is active, and the address, are those of the person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from scim2_models import InvalidValueException, Meta, Reference

from cadence.domain.people.addresses import parse_email
from cadence.domain.people.directory import MAX_NAME, ListedPerson
from cadence.domain.people.places import language_tag
from cadence.domain.statements.text import bad_character, is_blank, normalise
from cadence.errors import Invalid
from cadence.files.people_csv.zones import read_zone
from cadence.operations.people.told_by_directory import ToldPerson
from cadence.scim.models import Employment, InGroup, MailAddress, ManagedBy, Person
from cadence.store.people.directory_users import ListedUser

#: words of userType for people who are not employed (lower case)
_OUTSIDE = frozenset({"guest", "contractor", "external", "vendor", "partner", "consultant", "freelancer", "temp"})
_KEPT_APART = {"id", "meta", "groups"}


def address_of(user: Any) -> str:
    """Return where messages for a user go, as it is said: the primary address, that of work, the first, else the user name."""
    said = [one for one in user.emails or [] if one.value]
    ranked = sorted(said, key=lambda one: (not one.primary, (one.type or "").lower() != "work"))
    return str(ranked[0].value if ranked else user.user_name or "")


def told_person(user: Any, *, before: Any | None, manager: Callable[[str], str], attributes: Collection[str]) -> ToldPerson:
    """Return what a user says of the person. ``before``: what it said until here; what it never said stays as it is.

    manager: the address of the user with an id, "" for nobody. Raises InvalidValueException.
    """
    try:
        email = parse_email(address_of(user), field="emails" if user.emails else "userName")
    except Invalid as error:
        raise InvalidValueException(detail=f"{error}.") from None
    work, old = user[Employment] or Employment(), (before[Employment] if before is not None else None) or Employment()
    name, named = _name(user)
    zone, locale = _known(read_zone, user.timezone), _known(language_tag, user.preferred_language or user.locale)
    managed = manager(work.manager.value) if work.manager is not None and work.manager.value else ""
    kind = (user.user_type or "").strip().lower()
    says = {
        "name": named,
        "zone": bool(zone),
        "locale": bool(locale),
        "external": bool(kind),
        "team": bool(work.department or old.department),
        "manager_email": bool(managed) or (work.manager is None and old.manager is not None),
    }
    title = _line(user.title)
    told = frozenset({"title"}) & frozenset(attributes) if title or (before is not None and before.title) else frozenset()
    facts = ListedPerson(
        line=1,
        email=email,
        name=name or email.partition("@")[0],
        named=named,
        employee_id=_line(work.employee_number),
        zone=zone,
        locale=locale,
        team=_line(work.department),
        manager_email=managed,
        external=kind in _OUTSIDE,
        attributes={"title": title} if title and told else {},
    )
    return ToldPerson(
        user_name=_user_name(user),
        external_id=user.external_id or "",
        facts=facts,
        present=frozenset(fact for fact, holds in says.items() if holds),
        attributes=told,
        active=user.active is not False,
        said=user.model_dump(exclude=_KEPT_APART),
    )


def user_from(listed: ListedUser, *, base: str, groups: Sequence[tuple[str, str]], manager_id: str) -> Any:
    """Return a person as a user. ``base``: the address of the service; ``groups``: (id, name) of theirs."""
    person = listed.person
    user: Any = Person.model_validate(listed.said) if listed.said is not None else _never_told(listed, manager_id)
    if user.active is not None or person["deactivated_at"] is not None:
        user.active = person["deactivated_at"] is None
    if _email_of(user) != person["email"]:  # they have another address here since
        user.emails = [MailAddress(value=person["email"], type="work", primary=True)]
    user.id = str(person["id"])
    user.groups = [InGroup(value=key, ref=Reference(f"{base}/Groups/{key}"), display=name) for key, name in groups] or None
    user.meta = Meta(
        resource_type="User",
        created=person["created_at"],
        last_modified=listed.changed_at or person["created_at"],
        location=f"{base}/Users/{person['id']}",
    )
    user.meta.version = version_of(user)
    return user


def version_of(resource: Any) -> str:
    """Return the weak entity tag of a resource, of what it says."""
    said = json.dumps(resource.model_dump(exclude={"meta"}), sort_keys=True, default=str)
    return f'W/"{hashlib.sha256(said.encode()).hexdigest()[:20]}"'


def _never_told(listed: ListedUser, manager_id: str) -> Any:
    person = listed.person
    user: Any = Person(
        user_name=person["email"],
        display_name=person["name"],
        emails=[MailAddress(value=person["email"], type="work", primary=True)],
        locale=person["locale"] or None,
        timezone=person["zone"],
        active=True,
    )
    work = Employment(
        employee_number=person["employee_id"] or None,
        department=person["team"] or None,
        manager=ManagedBy(value=manager_id) if manager_id else None,
    )
    if work.employee_number or work.department or work.manager:
        user[Employment] = work
    return user


def _email_of(user: Any) -> str:
    try:
        return parse_email(address_of(user))
    except Invalid:
        return ""


def _user_name(user: Any) -> str:
    name = _line(user.user_name)
    if not name or len(name) > MAX_NAME:
        raise InvalidValueException(detail=f"userName has 1 to {MAX_NAME} characters.")
    return name


def _name(user: Any) -> tuple[str, bool]:
    """Return the name that a user says, and whether it says one."""
    parts = user.name
    joined = " ".join(part for part in (parts.given_name, parts.family_name) if part) if parts is not None else ""
    for said in (user.display_name, parts.formatted if parts is not None else "", joined):
        name = _line(said)[:MAX_NAME].strip()
        if name:
            return name, True
    return "", False


def _line(said: str | None) -> str:
    """Return one clean line, empty for nothing or for what may not stand in a text."""
    text = " ".join(normalise(said or "").split())
    return "" if not text or is_blank(text) or bad_character(text, one_line=True) else text


def _known(convert: Callable[[str], str], said: str | None) -> str:
    """Return what is said in our spelling, empty when we do not know it."""
    try:
        return convert(said) if said else ""
    except Invalid:
        return ""
