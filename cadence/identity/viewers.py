"""Who looks at a page or calls the API, as everything behind the door knows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cadence.domain.audit import Actor, Via
from cadence.identity.permissions import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who came in. ``account_id`` None: by the installation's password, or on this machine, before there are accounts."""

    account_id: int | None
    #: the same human in the directory, if they are on it
    person_id: int | None = None
    name: str = ""
    email: str = ""
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    via: Via = Via.PAGE
    #: the session to end at "Sign out"; None: there is none
    session_id: int | None = None
    #: the API token that was shown, by its number
    token_id: int | None = None
    locale: str = field(default="")

    def may(self, permission: Permission) -> bool:
        """Return whether they may do it."""
        return permission in self.permissions

    @property
    def actor(self) -> Actor:
        """Return them as the audit log knows them."""
        return Actor(via=self.via, account_id=self.account_id)


def viewer_before_accounts(via: Via = Via.PAGE) -> Viewer:
    """Return who comes in while no account exists: one human is everything."""
    roles = frozenset(Role)
    return Viewer(account_id=None, roles=roles, permissions=permissions_of(roles), via=via)
