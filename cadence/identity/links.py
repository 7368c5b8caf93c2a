"""Signing in by a link: it works once, for a quarter of an hour, and looking at it does not use it up.

The same answer comes for known and unknown addresses, before anybody looks for the address: ``send_link`` runs after it.
The link that makes the first admin is printed where Cadence is started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe

from cadence.channels.registry import MAIL
from cadence.domain.audit import Actor, Change, Via
from cadence.domain.people.addresses import parse_email
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Conflict, Invalid, OutcomeUnknown, RenderError, TransportError
from cadence.identity.matching import account_for, may_sign_in
from cadence.identity.permissions import Role
from cadence.identity.signing_in import Begun, Browser, Method, begin_session
from cadence.rendering.own_links import GiveLink, OwnLink
from cadence.store.audit import entries
from cadence.store.database.engine import Database
from cadence.store.identity import accounts, links
from cadence.store.identity.links import StoredLink
from cadence.store.people.personal import language_of
from cadence.store.sending.addresses import address_of

log = logging.getLogger("cadence.sign_in")

GOOD_FOR = timedelta(minutes=15)
INVITED_FOR = timedelta(days=7)
FIRST_FOR = timedelta(days=1)
#: the purposes of links
SIGN_IN, INVITED, FIRST_ADMIN = "sign_in", "invited", "first_admin"
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSender:
    """How links are made and sent. ``ways``: how each channel that is set up gives one."""

    database: Database
    ways: Mapping[Channel, GiveLink]
    base_url: str
    now: Callable[[], datetime]

    def send_link(self, email: str, *, channel: Channel, next_path: str) -> None:
        """Send a link to whom ``email`` signs in, if anybody; says nothing about it."""
        try:
            email, now = parse_email(email), self.now()
        except Invalid:
            return
        with self.database.transaction() as connection:
            account_id = account_for(connection, email, now=now)
            if account_id is None or not may_sign_in(connection, account_id):
                log.info("event=sign_in.no_account")
                return
            account = accounts.account_by_id(connection, account_id)
            assert account is not None
            person_id = account.person_id
            # by mail it goes to the address that was matched, wherever digests go
            address = email if channel is MAIL else ""
            locale = ""
            if person_id is not None:
                locale = language_of(connection, person_id)
                reached = address_of(connection, person_id, channel)
                address = address or (reached.value if reached is not None else "")
            if not address or channel not in self.ways:
                return
            token = token_urlsafe(32)
            links.add_link(connection, token, account_id=account_id, purpose=SIGN_IN, next_path=next_path, now=now, ends_at=now + GOOD_FOR)
        self._give(token, address=address, name=account.name, locale=locale, channel=channel)

    def invite(self, account_id: int) -> bool:
        """Mail an account a link that is good for a week; return whether the mail server took it."""
        now, token = self.now(), token_urlsafe(32)
        with self.database.transaction() as connection:
            account = accounts.account_by_id(connection, account_id)
            if account is None or MAIL not in self.ways:
                return False
            links.add_link(connection, token, account_id=account_id, purpose=INVITED, next_path="", now=now, ends_at=now + INVITED_FOR)
        return self._give(token, address=account.email, name=account.name, locale="", channel=MAIL, what=INVITED)

    def _give(self, token: str, *, address: str, name: str, locale: str, channel: Channel, what: str = SIGN_IN) -> bool:
        message = OwnLink(
            what=what,
            url=link_url(self.base_url, token),
            minutes=GOOD_FOR // timedelta(minutes=1),
            address=address,
            person_name=name,
            locale=locale,
            asked_at=self.now(),
            mark=token_hex(12),
        )
        try:
            self.ways[channel](message)
        except OutcomeUnknown:
            return True
        except (TransportError, RenderError) as error:
            log.warning("event=sign_in.link_not_sent channel=%s error=%s", channel, type(error).__name__)
            return False
        return True


def link_url(base_url: str, token: str) -> str:
    """Return the address of a link."""
    return f"{base_url}/sign-in/link/{token}"


def make_link(database: Database, account_id: int, *, now: datetime) -> str:
    """Return the token of a fresh link for an account, good for a day: for the shell."""
    token = token_urlsafe(32)
    with database.transaction() as connection:
        links.add_link(connection, token, account_id=account_id, purpose=INVITED, next_path="", now=now, ends_at=now + FIRST_FOR)
    return token


def first_admin_link(database: Database, *, now: datetime) -> str | None:
    """Return the token of the link that makes the first admin, the ones before ended; None when there is an admin."""
    token = token_urlsafe(32)
    with database.transaction() as connection:
        if accounts.has_admin(connection):
            return None
        accounts.end_links(connection, None, now=now)
        links.add_link(connection, token, account_id=None, purpose=FIRST_ADMIN, next_path="", now=now, ends_at=now + FIRST_FOR)
    return token


def look_at_link(database: Database, token: str, *, now: datetime) -> StoredLink | None:
    """Return what a link is for while it can still be used; uses nothing up."""
    with database.read() as connection:
        found = links.find_link(connection, token, now=now)
        if found is None or (found.account_id is not None and not may_sign_in(connection, found.account_id)):
            return None
        return None if found.account_id is None and accounts.has_admin(connection) else found


def sign_in_by_link(database: Database, token: str, *, browser: Browser, now: datetime, most: timedelta) -> Begun | None:
    """Use a link up and begin the session; None: it is unknown, was used, is over, or its account has ended."""
    with database.transaction() as connection:
        found = links.use_link(connection, token, now=now)
        if found is None or found.account_id is None or not may_sign_in(connection, found.account_id):
            return None
        return begin_session(
            connection, found.account_id, method=Method.LINK, browser=browser, now=now, most=most, next_path=found.next_path
        )


def make_first_admin(
    database: Database, token: str, *, name: str, email: str, leads: bool, browser: Browser, now: datetime, most: timedelta
) -> Begun | None:
    """Make the first admin (``leads``: a leader too) and begin their session; None: the link cannot be used.

    Raises Invalid, which leaves the link as it was, and Conflict when there is an admin already.
    """
    name, email = " ".join(name.split()), parse_email(email)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("name", name, f"has 1 to {LONGEST_NAME} characters", example="Ada Boss")
    with database.transaction() as connection:
        accounts.hold_accounts(connection)
        if accounts.has_admin(connection):
            raise Conflict("there is an admin already")
        found = links.use_link(connection, token, now=now)
        if found is None or found.account_id is not None:
            return None
        account_id = account_for(connection, email, now=now)
        if account_id is None:
            if accounts.account_by_email(connection, email) is not None:
                raise Conflict("the account with this address has ended")
            account_id = accounts.add_account(connection, email=email, name=name, now=now)
        roles = [Role.ADMIN.value, *([Role.LEADER.value] if leads else [])]
        accounts.change_account(connection, account_id, name=name)
        accounts.add_roles(connection, account_id, roles, now=now)
        change = Change(action="account.made", object_kind="account", object_key=str(account_id), after={"roles": [*roles]})
        entries.append(connection, Actor(via=Via.PAGE, account_id=account_id), change, at=now)
        return begin_session(connection, account_id, method=Method.LINK, browser=browser, now=now, most=most)
