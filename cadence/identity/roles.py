"""Giving and taking roles: never the last admin's, and nobody their own in silence. A change ends the sessions of the account.

By hand, by groups of the provider or the directory, and for the shell. Who is a manager is the directory's to say, and everybody who
signs in is an employee: neither is given here.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from cadence.domain.audit import Actor, Change
from cadence.domain.people.addresses import parse_email
from cadence.errors import Conflict, Invalid, NotFound
from cadence.identity.matching import account_for
from cadence.identity.permissions import Role
from cadence.store.audit import entries
from cadence.store.database.engine import Database
from cadence.store.identity import accounts as rows
from cadence.store.identity import sessions
from cadence.store.identity.accounts import StoredAccount

log = logging.getLogger("cadence.identity")

#: the roles that somebody can be given, in the order of the page
GIVEN = (Role.LEADER, Role.AUTHOR, Role.APPROVER, Role.ADMIN, Role.AUDITOR)
LONGEST_NAME = 100


class LastAdmin(Conflict):
    """Nobody would be left who could let anybody in."""

    code = "last_admin"

    def __init__(self) -> None:
        super().__init__("this is the last admin: give the role to somebody else first")


class OwnRoles(Conflict):
    """An admin's own roles are changed by another admin."""

    code = "own_roles"

    def __init__(self) -> None:
        super().__init__("nobody changes their own roles: ask another admin")


def give_roles(
    database: Database, email: str, roles: Collection[Role], *, actor: Actor, now: datetime, name: str = "", sure: bool = False
) -> int:
    """Give roles to whom ``email`` is, with a new account where there is none; return its number.

    name: of somebody who is on no list. sure: see ``set_roles``. Raises Invalid, Conflict.
    """
    email = parse_email(email)
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("name", name, f"has at most {LONGEST_NAME} characters", example="Ada Boss")
    with database.transaction() as connection:
        account_id = account_for(connection, email, now=now)
        if account_id is None:
            if rows.account_by_email(connection, email) is not None or rows.person_by_email(connection, email) is not None:
                raise Conflict(f"{email} has left: take them back into the directory first")
            account_id = rows.add_account(connection, email=email, name=name or email, now=now)
            _tell(connection, actor, "account.made", account_id, now)
        account = _account(connection, account_id)
        _set(connection, account, {Role(role) for role in _by_hand(account)} | set(roles), actor=actor, now=now, sure=sure)
    return account_id


def set_roles(database: Database, account_id: int, roles: Collection[Role], *, actor: Actor, now: datetime, sure: bool = False) -> None:
    """Let an account hold these roles by hand and no others.

    sure: the only admin said that they mean their own. Raises NotFound, LastAdmin, OwnRoles.
    """
    with database.transaction() as connection:
        _set(connection, _account(connection, account_id), set(roles), actor=actor, now=now, sure=sure)


def account_of(database: Database, email: str, *, ended: bool = False) -> StoredAccount:
    """Return the account under an address; ``ended``: also one that has ended. Raises Invalid, NotFound."""
    with database.read() as connection:
        found = rows.account_by_email(connection, parse_email(email))
    if found is None or (found.ended_at is not None and not ended):
        raise NotFound(f"no account in force has the address {email}; see: cadence accounts list --all")
    return found


def end_account(database: Database, account_id: int, *, actor: Actor, now: datetime) -> None:
    """Let an account sign in no more; its sessions end. Raises NotFound, LastAdmin, OwnRoles."""
    with database.transaction() as connection:
        rows.hold_accounts(connection)
        account = _account(connection, account_id)
        if account_id == actor.account_id:
            raise OwnRoles
        if Role.ADMIN in account.roles and not rows.other_admin(connection, account_id):
            raise LastAdmin
        rows.change_account(connection, account_id, ended_at=now)
        rows.end_links(connection, account_id, now=now)
        sessions.end_sessions(connection, account_id, now=now)
        _tell(connection, actor, "account.ended", account_id, now)


def end_account_sessions(database: Database, account_id: int, *, actor: Actor, now: datetime, session_id: int | None = None) -> int:
    """Sign an account out everywhere, or in one place; return in how many."""
    with database.transaction() as connection:
        ended = sessions.end_sessions(connection, account_id, now=now, session_id=session_id)
        if ended:
            _tell(connection, actor, "account.signed_out", account_id, now)
    return ended


def set_group_roles(connection: Connection, account_id: int, groups: Iterable[str], *, actor: Actor, now: datetime) -> None:
    """Let an account hold the roles that its groups give, and none that they no more give; never takes the last admin's."""
    rows.hold_accounts(connection)
    account = _account(connection, account_id)
    given = {role.value for role in GIVEN}
    wanted = rows.roles_of_groups(connection, groups) & given
    held = {role for role, sources in account.roles.items() if "group" in sources}
    gone = held - wanted
    only_by_group = account.roles.get(Role.ADMIN, frozenset()) == {"group"}
    if Role.ADMIN in gone and only_by_group and not rows.other_admin(connection, account_id):
        log.warning("event=identity.last_admin_kept account=%d", account_id)
        gone = gone - {Role.ADMIN.value}
    if wanted <= held and not gone:
        return
    rows.remove_roles(connection, account_id, gone, source="group")
    rows.add_roles(connection, account_id, wanted - held, now=now, source="group")
    _changed(connection, account, actor, now)


def _set(connection: Connection, account: StoredAccount, roles: set[Role], *, actor: Actor, now: datetime, sure: bool) -> None:
    refused = roles - set(GIVEN)
    if refused:
        raise Invalid("role", min(refused).value, "cannot be given by hand", example=Role.AUTHOR.value)
    rows.hold_accounts(connection)
    held = _by_hand(account)
    wanted = {role.value for role in roles}
    if wanted == held:
        return
    others = rows.other_admin(connection, account.id)
    if account.id == actor.account_id and (others or not sure):
        raise OwnRoles
    if Role.ADMIN in held - wanted and "group" not in account.roles[Role.ADMIN] and not others:
        raise LastAdmin
    rows.remove_roles(connection, account.id, held - wanted, source="hand")
    rows.add_roles(connection, account.id, wanted - held, now=now, granted_by=actor.account_id)
    _changed(connection, account, actor, now)


def _by_hand(account: StoredAccount) -> set[str]:
    return {role for role, sources in account.roles.items() if "hand" in sources}


def _changed(connection: Connection, before: StoredAccount, actor: Actor, now: datetime) -> None:
    after = _account(connection, before.id)
    old, new = sorted(before.roles), sorted(after.roles)
    if old == new:
        return
    sessions.end_sessions(connection, before.id, now=now)
    change = Change(
        action="account.roles_changed",
        object_kind="account",
        object_key=str(before.id),
        before={"roles": [*old]},
        after={"roles": [*new]},
    )
    entries.append(connection, actor, change, at=now)


def _account(connection: Connection, account_id: int) -> StoredAccount:
    found = rows.account_by_id(connection, account_id)
    if found is None or found.ended_at is not None:
        raise NotFound(f"no account in force has the number {account_id}")
    return found


def _tell(connection: Connection, actor: Actor, action: str, account_id: int, now: datetime) -> None:
    entries.append(connection, actor, Change(action=action, object_kind="account", object_key=str(account_id)), at=now)
