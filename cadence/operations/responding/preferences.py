"""A person's own choices: channel, day, time, language, how often, and a pause.

A pause holds back every digest until its end; it never removes anyone from a list, so statements that must be
acknowledged still come afterwards and ``waiting`` names them meanwhile. Planning reads the choices (``operations.planning.plan``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL
from cadence.domain.planning.calendars import WorkingHours
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Conflict, Invalid, NotFound
from cadence.store.database.engine import Database
from cadence.store.people import personal
from cadence.store.planning.chunks import limits_in_force
from cadence.store.responding import acknowledgements as rows
from cadence.store.responding.acknowledgements import Choices

#: what the unsubscribe button of a mail program asks for
SHORT_PAUSE = timedelta(days=14)
LONGEST_PAUSE = timedelta(days=366)
#: "too often" holds this long
FEWER_FOR = timedelta(days=60)

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Keep(Enum):
    """The one value that leaves a choice as it is."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A statement that still waits for the person's acknowledgement, and the message that asked."""

    version_id: int
    title: str
    delivery_id: int


def preferences(database: Database, *, person_id: int) -> Choices:
    """Return what the person chose. Raises NotFound or Conflict with a sentence for the person."""
    with database.read() as connection:
        return _present(rows.choices_of(connection, person_id))


def language_of(database: Database, *, person_id: int) -> str:
    """Return the language a person chose, else that of the directory; empty for nobody."""
    with database.read() as connection:
        return personal.language_of(connection, person_id)


def set_preferences(
    database: Database,
    *,
    person_id: int,
    now: datetime,
    preferred_channel: str | Keep = KEEP,
    preferred_day: int | Keep | None = KEEP,
    preferred_time: str | Keep = KEEP,
    preferred_locale: str | Keep = KEEP,
    fewer: bool | Keep = KEEP,
    paused_until: datetime | Keep | None = KEEP,
    languages: Collection[str] = (),
    also: Callable[[Connection], None] | None = None,
) -> Choices:
    """Store the choices that are given and return what is stored then.

    channel: "" leaves it to the cadence. day: 0 Monday, None any. time: local "HH:MM", "" the cadence's. locale: one of
    ``languages``, "" the directory's. fewer: longer gaps for 60 days, or no longer. pause: its end, None ends it. also: what is to be
    kept with them, in the same transaction.
    Raises Invalid naming the choice that cannot be met; nothing is stored then.
    """
    with database.transaction() as connection:
        known = _present(rows.choices_of(connection, person_id))
        new: dict[str, Any] = {}
        if not isinstance(preferred_channel, Keep):
            new["preferred_channel"] = _channel(preferred_channel, known)
        if not (isinstance(preferred_day, Keep) and isinstance(preferred_time, Keep)):
            hours = _hours(connection)
            if not isinstance(preferred_day, Keep):
                new["preferred_day"] = _day(preferred_day, hours)
            if not isinstance(preferred_time, Keep):
                new["preferred_time"] = _time(preferred_time, hours)
        if not isinstance(preferred_locale, Keep):
            if preferred_locale and preferred_locale not in languages:
                raise Invalid("language", preferred_locale, "is not a language Cadence speaks here", example=next(iter(languages), None))
            new["preferred_locale"] = preferred_locale
        if not isinstance(fewer, Keep) and fewer != (known.fewer_until is not None and known.fewer_until > now):
            new["fewer_until"] = now + FEWER_FOR if fewer else None
        if not isinstance(paused_until, Keep):
            if paused_until is not None and not now < paused_until <= now + LONGEST_PAUSE:
                raise Invalid("pause until", paused_until.date().isoformat(), "is not a day in the next year")
            new["paused_until"] = paused_until
        rows.save_choices(connection, person_id, **new)
        if also is not None:
            also(connection)
        return _present(rows.choices_of(connection, person_id))


def pause(database: Database, *, person_id: int, until: datetime, fewer_until: datetime | None = None) -> Choices:
    """Hold back messages until ``until``, and send them less often until ``fewer_until``; longer ones that are set already stay."""
    with database.transaction() as connection:
        known = _present(rows.choices_of(connection, person_id))
        new: dict[str, Any] = {}
        if known.paused_until is None or known.paused_until < until:
            new["paused_until"] = until
        if fewer_until is not None and (known.fewer_until is None or known.fewer_until < fewer_until):
            new["fewer_until"] = fewer_until
        rows.save_choices(connection, person_id, **new)
        return _present(rows.choices_of(connection, person_id))


def waiting(database: Database, *, person_id: int) -> list[Waiting]:
    """Return what the person was asked to acknowledge and has not: a pause must not hide it."""
    with database.read() as connection:
        found = rows.requests_of(connection, person_id)
    return [Waiting(version_id=r.version_id, title=r.title, delivery_id=r.delivery_id) for r in found]


def hours_now(database: Database) -> WorkingHours:
    """Return on which days and at which local times messages go out."""
    with database.read() as connection:
        return _hours(connection)


def _hours(connection: Connection) -> WorkingHours:
    limits = limits_in_force(connection)
    return limits.working_hours


def _channel(wanted: str, known: Choices) -> str:
    if wanted not in ("", *Channel):
        raise Invalid("channel", wanted, f"is none of {', '.join(Channel)}", example=MAIL.value)
    if wanted and known.addresses.get(wanted) is not False:
        raise Invalid("channel", wanted, "has no working address for you; ask your Cadence admin")
    return wanted


def _day(wanted: int | None, hours: WorkingHours) -> int | None:
    if wanted is not None and wanted not in [day.number for day in hours.days]:
        raise Invalid("day", wanted, "is not a day on which messages go out")
    return wanted


def _time(wanted: str, hours: WorkingHours) -> str:
    if not wanted:
        return ""
    found = _CLOCK.fullmatch(wanted)
    if found is None:
        raise Invalid("time", wanted, "is not a time of day", example="09:30")
    minute = int(found[1]) * 60 + int(found[2])
    if not any(begin <= minute < end for begin, end in hours.window.minutes_outside(hours.quiet_hours)):
        raise Invalid("time", wanted, f"is not within {hours.window}, when messages go out")
    return wanted


def _present(known: Choices | None) -> Choices:
    if known is None:
        raise NotFound("This link belongs to a person who is no longer known here.")
    if known.deactivated_at is not None:
        raise Conflict("The person this link belongs to gets no messages any more, so there is nothing to choose.")
    return known
