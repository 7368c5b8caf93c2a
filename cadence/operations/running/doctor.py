"""Everything an admin should look at, each as one check with a plain sentence and what to do about it.

Nothing is changed. A check that cannot be made because an earlier one failed is left out; one that
breaks is itself a finding, never a traceback.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from sqlalchemy.engine import Connection

from cadence.channels.base import Finding as Check
from cadence.channels.base import Greets, Health, Inspects, Transport
from cadence.channels.registry import FACTS, MAIL
from cadence.domain.planning.clock_steps import MACHINES_APART, ClockVerdict, judge
from cadence.domain.sending.address_health import is_storm
from cadence.errors import CadenceError, StoreError, TransportError
from cadence.files.cadences_toml import from_json
from cadence.operations.measuring.members import members_of
from cadence.operations.sending.channel_care import BY_HAND
from cadence.operations.sending.remedies import remedy_for
from cadence.rendering.telling import CHANNELS, tell_instant
from cadence.store.authoring.cadences import stored_cadences
from cadence.store.database.engine import Database
from cadence.store.database.schema_version import require_current
from cadence.store.planning.chunks import current_statements
from cadence.store.running import clock_watch
from cadence.store.running import inspections as rows
from cadence.store.sending import addresses
from cadence.store.sending.stops import stop_in_force

__all__ = ["Check", "Health", "doctor", "worst"]

LEAST_FREE_BYTES = 500_000_000
LEAST_WORDINGS = 3
#: a slot that is later than this was seen by no tick
OVERDUE_AFTER = timedelta(minutes=10)
#: suspensions of so long are looked at together
STORM_WITHIN = timedelta(days=7)


def doctor(
    database: Database,
    *,
    data_dir: Path,
    key_file: Path | None,
    base_url: str,
    transports: Sequence[Transport],
    now: datetime,
    zone: str = "UTC",
    ahead: timedelta | None = None,
    least_free_bytes: int = LEAST_FREE_BYTES,
) -> list[Check]:
    """Return all checks, the database first and then what it holds.

    ``key_file``: None when the secret key comes from the settings. ``transports``: the channels that are
    set up; each is asked over the network. ``zone``: in which times are told.
    ``ahead``: by how much this machine's own clock is ahead of the database's; None where they are one.
    """
    schema = _schema(database)
    asks = schema.health is Health.OK and any(isinstance(t, Inspects) for t in transports)
    written_to = _newest_conversation(database) if asks else ""
    found = [*_files(data_dir, key_file, least_free_bytes), _address(base_url), *_channels(transports, now, written_to)]
    found.append(schema)
    if schema.health is Health.OK:
        channels = [str(t.channel) for t in transports]
        with database.read() as connection:
            found += _people(connection, channels)
            found += _suspensions(connection, now)
            found += _statements(connection)
            found += _cadences(connection, now)
            found.append(_clock(connection, now, zone))
            found += _own_clock(ahead)
            found += _sending(connection, now, zone)
    return found


def worst(checks: Sequence[Check]) -> Health:
    """Return the worst health among ``checks``."""
    order = list(Health)
    return max((c.health for c in checks), key=order.index, default=Health.OK)


def _ok(name: str, sentence: str) -> Check:
    return Check(name=name, health=Health.OK, sentence=sentence)


def _warn(name: str, sentence: str, remedy: str) -> Check:
    return Check(name=name, health=Health.WARN, sentence=sentence, remedy=remedy)


def _fail(name: str, sentence: str, remedy: str) -> Check:
    return Check(name=name, health=Health.FAIL, sentence=sentence, remedy=remedy)


def _files(data_dir: Path, key_file: Path | None, least_free: int) -> Iterator[Check]:
    try:
        with TemporaryFile(dir=data_dir):
            yield _ok("data folder", f"{data_dir} can be written.")
        free = shutil.disk_usage(data_dir).free
        told = f"{free / 1e9:.1f} GB are free in {data_dir}."
        yield (_ok("disk", told) if free >= least_free else _warn("disk", told, "Free some space; a full disk stops sending."))
    except OSError as error:
        yield _fail("data folder", f"{data_dir} cannot be written: {error.strerror}.", "Create it, and let this user write it.")
    if key_file is None:
        yield _ok("secret key", "The secret key comes from the settings.")
        return
    try:
        mode = stat.S_IMODE(key_file.stat().st_mode)
    except OSError as error:
        yield _fail(
            "secret key",
            f"{key_file} cannot be read: {error.strerror}.",
            "Restore it from a backup. A new one (cadence init --new-key) ends every link in the messages sent so far.",
        )
        return
    if mode & 0o077:
        yield _fail("secret key", f"{key_file} may be read by others (mode {mode:04o}).", f"Run: chmod 600 {key_file}")
    else:
        yield _ok("secret key", f"{key_file} is readable by this user only.")


def _address(base_url: str) -> Check:
    parts = urlsplit(base_url)
    if parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return _warn(
            "base URL", f"Links lead to {base_url}, which only this machine can open.", "Set CADENCE_BASE_URL to one that people can reach."
        )
    if parts.scheme != "https":
        return _warn("base URL", f"Links lead to {base_url}, which is not encrypted.", "Put a TLS proxy in front; set CADENCE_BASE_URL.")
    return _ok("base URL", f"Links lead to {base_url}.")


def _newest_conversation(database: Database) -> str:
    with database.read() as connection:
        return rows.newest_conversation(connection)


def _channels(transports: Sequence[Transport], now: datetime, written_to: str) -> Iterator[Check]:
    if not transports:
        yield _fail("channels", "No channel is set up, so nothing can be sent.", "Set CADENCE_SMTP__HOST or CADENCE_SLACK__BOT_TOKEN.")
    for transport in transports:
        name = CHANNELS[transport.channel]
        try:
            if isinstance(transport, Inspects):
                yield from (replace(f, sentence=_ended(f.sentence)) for f in transport.inspect(now=now, conversation=written_to))
            else:
                yield _ok(name, _ended(transport.check()))
        except TransportError as error:
            yield _fail(name, _ended(str(error)), remedy_for(error.cause) or FACTS[transport.channel].remedy)
        except Exception as error:  # a defect of a transport is a finding too
            yield _fail(name, f"The check failed: {type(error).__name__}.", "Please report this as a bug.")
        if isinstance(transport, Greets):
            yield _greeting(transport.greeting_name)


def _greeting(name: str) -> Check:
    if name.startswith("["):
        remedy = "Set CADENCE_SMTP__HELO to a full host name of this machine: some relays refuse mail without one."
        return _warn("greeting", f"We greet the mail server as {name}, because no full host name is known.", remedy)
    return _ok("greeting", f"We greet the mail server as {name}.")


_SEE_DATABASE = "Check CADENCE_DATABASE_URL and that the server runs."


def _schema(database: Database) -> Check:
    try:
        require_current(database)
    except StoreError as error:
        fact, _, cure = str(error).partition("; ")
        return _fail("database", _ended(fact[:1].upper() + fact[1:]), _ended(cure[:1].upper() + cure[1:]) if cure else _SEE_DATABASE)
    except Exception as error:
        return _fail("database", f"It cannot be opened: {type(error).__name__}.", _SEE_DATABASE)
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    return _ok("database", f"{kind} answers and its schema is current.")


def _people(connection: Connection, channels: Sequence[str]) -> Iterator[Check]:
    active = rows.active_people(connection)
    if not active:
        yield _warn("people", "There is nobody to write to yet.", "Run: cadence people import config/people.csv")
        return
    count, first = rows.unreachable(connection, channels)
    if count and channels:
        shown = ", ".join(first) + (" and others" if count > len(first) else "")
        sentence = f"{count:,} of {active:,} people have no working address on the channels set up: {shown}."
        yield _warn("people", sentence, "Correct their rows and import the people again.")
    else:
        yield _ok("people", f"{active:,} people are active.")


def _suspensions(connection: Connection, now: datetime) -> Iterator[Check]:
    suspended, every = addresses.suspended_since(connection, MAIL, now - STORM_WITHIN)
    since = addresses.first_suspended(connection, MAIL, now - STORM_WITHIN)
    if since is not None and is_storm(suspended=suspended, addresses=every):
        told = f"{suspended:,} of {every:,} email addresses were suspended since {since:%Y-%m-%d %H:%M} UTC"
        yield _warn(
            "suspensions",
            f"{told}: more likely a fault of the mail system than of so many addresses.",
            f"When it works again, see what one step would restore: cadence mail restore --all-since {since.isoformat()} --dry-run",
        )


def _statements(connection: Connection) -> Iterator[Check]:
    statements = current_statements(connection)
    if not statements:
        yield _warn("statements", "There are no statements yet.", "Run: cadence statements import messages/statements")
        return
    thin = [s.slug for s in statements if len(s.wording_ids) < LEAST_WORDINGS]
    if thin:
        sentence = f"{len(thin)} of {len(statements)} statements have fewer than {LEAST_WORDINGS} wordings: {_first(thin)}."
        yield _warn("wordings", sentence, "Add sections “## Wording: name” to their files and import them again.")
    else:
        yield _ok("statements", f"{len(statements)} statements are in force, each in {LEAST_WORDINGS} wordings or more.")


def _cadences(connection: Connection, now: datetime) -> Iterator[Check]:
    active = [from_json(c.definition) for c in stored_cadences(connection) if c.active]
    if not active:
        yield _warn("cadences", "No cadence is active, so nothing will be due.", "Run: cadence cadences apply config/cadences.toml")
        return
    try:
        members = members_of(connection, {c.audience for c in active}, now)
    except CadenceError:
        yield _fail("audiences", "A stored audience rule cannot be read.", "Run: cadence cadences apply config/cadences.toml")
        return
    empty = [c.slug for c in active if members[c.audience] == []]
    if empty:
        yield _warn("audiences", f"Nobody is in the audience of {_first(empty)}.", "Correct its rule, or import the people it means.")
    else:
        yield _ok("cadences", f"{len(active)} cadences are in force and each has members.")


def _clock(connection: Connection, now: datetime, zone: str) -> Check:
    seen = clock_watch.look(connection, now=now)
    if seen.last_tick is None:
        return _ok("clock", f"It is {tell_instant(now, zone)}; there has been no tick yet.")
    told = f"It is {tell_instant(now, zone)}, and the last tick was {tell_instant(seen.last_tick, zone)}"
    verdict = judge(now, last_tick=seen.last_tick)
    if seen.doubted or verdict is ClockVerdict.DOUBTED:
        remedy = f"Correct the clock, or, if it is right: cadence notices resolve {clock_watch.DOUBT}"
        return _fail("clock", f"{told}: that looks wrong, so nothing is planned or sent.", remedy)
    if verdict is ClockVerdict.STEPPED:
        return _warn("clock", f"{told}, which is in the future: the clock was set back.", "Make sure that a time server sets the clock.")
    return _ok("clock", f"{told}.")


def _own_clock(ahead: timedelta | None) -> Iterator[Check]:
    if ahead is not None and abs(ahead) > MACHINES_APART:
        way = "ahead of" if ahead > timedelta() else "behind"
        told = f"This machine's clock is {abs(ahead).total_seconds():,.0f} seconds {way} the database's, whose clock counts."
        yield _warn("own clock", told, "Make sure that a time server sets the clock of this machine.")


def _sending(connection: Connection, now: datetime, zone: str) -> Iterator[Check]:
    stop = stop_in_force(connection, now=now)
    if stop is not None:
        until = "somebody starts it again" if stop.until is None else tell_instant(stop.until, zone)
        by = stop.by or "somebody at the shell"
        why = f" Why: {_ended(stop.reason)}" if stop.reason else ""
        yield _warn("stop", f"All sending is stopped until {until}, by {by}.{why}", "When it may go on: cadence start")
    for row in rows.paused_channels(connection, now):
        if row.paused_until == BY_HAND:
            sentence = f"{CHANNELS.get(row.channel, row.channel)} is paused by an admin until somebody resumes it."
            yield _warn("pause", sentence, "Resume it on the page /channels.")
            continue
        sentence = f"{CHANNELS.get(row.channel, row.channel)} is paused until {tell_instant(row.paused_until, zone)}: {_ended(row.reason)}"
        yield _warn("pause", sentence, "Fix the cause; sending then resumes by itself.")
    doubtful = rows.in_doubt(connection)
    if doubtful:
        who = _first([f"{r.email} ({CHANNELS.get(r.channel, r.channel)})" for r in doubtful])
        sentence = f"{len(doubtful)}{' or more' if len(doubtful) == 100 else ''} messages may or may not have arrived: {who}."
        yield _warn("doubt", sentence, "Ask these people, or leave it: the messages are not sent again by themselves.")
    late = rows.overdue_slots(connection, now - OVERDUE_AFTER)
    if late:
        first = late[0]
        sentence = f"{len(late)} slots are overdue, the oldest ({first.slug}, {first.zone}) since {tell_instant(first.next_fire_at, zone)}."
        yield _fail("engine", sentence, "Start the service (cadence serve), or run: cadence tick")
    else:
        yield _ok("engine", "No slot is overdue.")


def _first(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
