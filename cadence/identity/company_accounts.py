"""Whom a provider's user is here: by the subject they signed in with before, else by an address that the provider has checked.

A subject keeps its account: who changes the address at the provider to somebody else's does not become them. Groups give and take the
roles that come from groups, never the last admin's.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from cadence.domain.audit import THE_SERVICE
from cadence.domain.people.addresses import parse_email
from cadence.errors import Invalid
from cadence.identity.company import ProviderUser
from cadence.identity.directory_groups import directory_groups_of
from cadence.identity.matching import account_for, may_sign_in
from cadence.identity.roles import set_group_roles
from cadence.identity.signing_in import Begun, Browser, Method, begin_session
from cadence.store.database.engine import Database
from cadence.store.identity import accounts as rows

log = logging.getLogger("cadence.sign_in")


class Refusal(StrEnum):
    """Why a provider's user is not signed in: the word of ``/sign-in?said=``."""

    UNVERIFIED = "unverified"
    NOBODY = "nobody"


def sign_in_by_company(database: Database, user: ProviderUser, *, browser: Browser, now: datetime, most: timedelta) -> Begun | Refusal:
    """Begin the session of a provider's user, or return why not."""
    with database.transaction() as connection:
        found = _account(connection, user, now)
        if isinstance(found, Refusal):
            log.info("event=sign_in.refused method=company why=%s", found)
            return found
        if user.groups is not None:
            told = {*user.groups, *directory_groups_of(connection, found)}
            set_group_roles(connection, found, told, actor=THE_SERVICE, now=now)
        return begin_session(connection, found, method=Method.COMPANY, browser=browser, now=now, most=most, next_path=user.next_path)


def _account(connection: Connection, user: ProviderUser, now: datetime) -> int | Refusal:
    known = rows.account_by_subject(connection, user.issuer, user.subject)
    if known is not None:
        return known.id if may_sign_in(connection, known.id) else Refusal.NOBODY
    if not user.verified:
        return Refusal.UNVERIFIED
    try:
        email = parse_email(user.email)
    except Invalid:
        return Refusal.NOBODY
    account_id = account_for(connection, email, now=now)
    account = rows.account_by_id(connection, account_id) if account_id is not None else None
    if account is None or not may_sign_in(connection, account.id):
        return Refusal.NOBODY
    if account.issuer == user.issuer and account.subject != user.subject:
        # the address passed to another human at the provider, and not yet in the directory
        log.warning("event=sign_in.other_subject account=%d", account.id)
        return Refusal.NOBODY
    rows.change_account(connection, account.id, issuer=user.issuer, subject=user.subject)
    return account.id
