"""Which account an email address signs in to: the one of the person of the directory with it, or one that is on no list.

An address can pass from one person to another. Who is on the list under it now is the human; an account that was made under it
before keeps its own person, never theirs. Everybody on the list may sign in: their account is made when they first do.

An account that somebody gave a role by hand does not follow a directory to another address: a directory's token or a file must not
be able to send an admin's links elsewhere. It follows when an admin moves the person (``change_person.move_person``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cadence.store.identity import accounts as rows

#: a domain that can never exist (RFC 2606): kept of accounts whose address is somebody else's and that wait for an admin
MOVED_DOMAIN = "moved.invalid"


def account_for(connection: Connection, email: str, *, now: datetime) -> int | None:
    """Return the account that ``email`` (as ``people`` keeps it) signs in to, made when there is none; None: nobody may."""
    person = rows.person_by_email(connection, email)
    if person is None:
        account = rows.account_by_email(connection, email)
        # one with a person goes by the address that the person has, which is another
        if account is None or account.ended_at is not None:
            return None
        # one with a person goes by the address that the person has, which is another
        return account.id if account.person_id is None else None
    if not person.in_force:
        return None
    account = rows.account_by_person(connection, person.id)
    if account is not None:
        if account.email != person.email and _is_trusted(account):
            return None
        if account.email != person.email and _free(connection, person.email):
            rows.change_account(connection, account.id, email=person.email)
        return account.id if account.ended_at is None else None
    account = rows.account_by_email(connection, email)
    if account is not None and account.person_id is None:
        if account.ended_at is None:
            rows.change_account(connection, account.id, person_id=person.id)
            return account.id
        return None
    if account is not None and not _free(connection, email):
        return None
    return rows.add_account(connection, email=email, name=person.name, now=now, person_id=person.id)


def may_sign_in(connection: Connection, account_id: int) -> bool:
    """Return whether an account is in force, and its person on the list."""
    account = rows.account_by_id(connection, account_id)
    if account is None or account.ended_at is not None or account.left:
        return False
    if account.person_id is None:
        person = rows.person_by_email(connection, account.email)
        return person is None or person.in_force
    return True


def _is_trusted(account: rows.StoredAccount) -> bool:
    return any("hand" in sources for sources in account.roles.values())


def _free(connection: Connection, email: str) -> bool:
    """Return whether no account is kept under ``email``, after one whose person has another address went over to that."""
    account = rows.account_by_email(connection, email)
    if account is None:
        return True
    person = rows.person_by_id(connection, account.person_id) if account.person_id is not None else None
    if _is_trusted(account) and person is not None and person.email != email:
        rows.change_account(connection, account.id, email=f"account-{account.id}@{MOVED_DOMAIN}")
        return True
    if person is None or person.email == email or rows.account_by_email(connection, person.email) is not None:
        return False
    rows.change_account(connection, account.id, email=person.email)
    return True
