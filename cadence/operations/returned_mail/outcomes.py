"""What became of a mail that came back, and the mail of ours that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from cadence.channels.email.returns import Returned
from cadence.store.returned_mail import returns
from cadence.store.returned_mail.returns import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of a mail. ``ours``: it is about a message or a person of ours and may be put away."""

    kind: str
    ours: bool
    #: it was dealt with before, so nothing was done
    repeated: bool = False
    #: a stable word for what followed ("suspended", "counted", "complaint", "question" ...) or for why nothing did
    outcome: str = ""
    delivery_id: int | None = None
    person_id: int | None = None
    #: somebody has to look at it themselves, so it stays where it is, with a flag
    unread: bool = False


def repeated(mail: Returned, *, unread: bool = False) -> Ingested:
    """Return that a mail was dealt with before."""
    return Ingested(kind=mail.kind, ours=True, repeated=True, outcome="repeated", unread=unread)


def sent_of(connection: Connection, public_ids: Sequence[str]) -> list[Sent]:
    """Return the mails of ours that have these ids, in their order."""
    found = returns.mails_sent(connection, public_ids)
    return [found[public_id] for public_id in public_ids if public_id in found]
