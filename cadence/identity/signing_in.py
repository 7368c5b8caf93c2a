"""A session begins: always under a new token, with the one that the browser came with ended (session fixation)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe

from sqlalchemy import Connection

from cadence.store.database.engine import Database
from cadence.store.identity import accounts, links, sessions

log = logging.getLogger("cadence.sign_in")

#: how long it is kept where and when somebody was signed in
KEPT_FOR = timedelta(days=30)


class Method(StrEnum):
    """How somebody signed in."""

    COMPANY = "company"
    LINK = "link"
    PASSWORD = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Who asks to be signed in. ``session``: the token of its cookie, "" for none; ``name``: what it calls itself."""

    session: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A session that began; ``token`` goes into the cookie."""

    token: str
    account_id: int
    next_path: str = ""


def begin_session(
    connection: Connection, account_id: int, *, method: Method, browser: Browser, now: datetime, most: timedelta, next_path: str = ""
) -> Begun:
    """Sign an account in for ``most``; its links that were not used end."""
    if browser.session:
        sessions.end_session(connection, browser.session, now=now)
    token = token_urlsafe(32)
    called = "".join(letter for letter in browser.name if letter.isprintable())
    sessions.add_session(connection, account_id, token, method=method.value, browser=called, now=now, ends_at=now + most)
    accounts.end_links(connection, account_id, now=now)
    accounts.change_account(connection, account_id, signed_in_at=now)
    log.info("event=sign_in.done account=%d method=%s", account_id, method)
    return Begun(token=token, account_id=account_id, next_path=next_path)


def forget_old(database: Database, *, now: datetime) -> int:
    """Delete sessions and links that were over a month ago; return how many."""
    with database.transaction() as connection:
        return sessions.forget_sessions(connection, before=now - KEPT_FOR) + links.forget_links(connection, before=now - KEPT_FOR)
