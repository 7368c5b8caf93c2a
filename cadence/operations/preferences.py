"""A person's own choices: on which channel messages come, and a pause.

A pause holds back every digest until its end; it never removes anyone from a list, so statements
that must be acknowledged still come afterwards.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cadence.domain.deliveries import Channel
from cadence.errors import Conflict, Invalid, NotFound
from cadence.store import acknowledgements as rows
from cadence.store.acknowledgements import Choices
from cadence.store.database import Database

#: what the unsubscribe button of a mail program asks for
SHORT_PAUSE = timedelta(days=14)
LONGEST_PAUSE = timedelta(days=366)


def preferences(database: Database, *, person_id: int) -> Choices:
    """Return what the person chose. Raises NotFound or Conflict with a sentence for the person."""
    with database.read() as connection:
        return _present(rows.choices_of(connection, person_id))


def set_preferences(database: Database, *, person_id: int, preferred_channel: str, paused_until: datetime | None, now: datetime) -> Choices:
    """Store the channel ("" leaves it to the cadence) and the pause (None: none); return what is stored.

    Raises Invalid for an unknown channel, one the person cannot be reached on, or a pause that is over or longer than a year.
    """
    if preferred_channel not in ("", *Channel):
        raise Invalid("channel", preferred_channel, "is neither email nor slack", example="email")
    if paused_until is not None and not now < paused_until <= now + LONGEST_PAUSE:
        raise Invalid("pause until", paused_until.date().isoformat(), "is not a day in the coming year")
    with database.transaction() as connection:
        known = _present(rows.choices_of(connection, person_id))
        if preferred_channel and known.addresses.get(preferred_channel) is not False:
            raise Invalid("channel", preferred_channel, "has no working address for you; ask your Cadence admin")
        rows.save_choices(connection, person_id, preferred_channel=preferred_channel, paused_until=paused_until)
        return _present(rows.choices_of(connection, person_id))


def pause(database: Database, *, person_id: int, until: datetime) -> Choices:
    """Hold back messages until ``until``; a longer pause that is set already stays. Return what is stored."""
    with database.transaction() as connection:
        known = _present(rows.choices_of(connection, person_id))
        if known.paused_until is None or known.paused_until < until:
            rows.save_choices(connection, person_id, paused_until=until)
        return _present(rows.choices_of(connection, person_id))


def _present(known: Choices | None) -> Choices:
    if known is None:
        raise NotFound("This link belongs to a person who is no longer known here.")
    if known.deactivated_at is not None:
        raise Conflict("The person this link belongs to gets no messages any more, so there is nothing to choose.")
    return known
