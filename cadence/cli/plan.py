"""``cadence plan``: the dry run. The planner itself decides, in a transaction that is rolled back."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cadence.cli.session import add_at, add_common, open_app, print_json, say, table

if TYPE_CHECKING:
    from cadence.assembly.app import App
    from cadence.operations.planning.plan import PlannedDigest


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_at(parser)
    parser.add_argument("--person", metavar="EMAIL", help="only this person")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Print who would get what, when, on which channel and why; or what is due next."""
    from cadence.operations.planning.plan import preview_due
    from cadence.operations.planning.upcoming import upcoming
    from cadence.operations.sending.eta import WORTH_TELLING, paces_of, still_to_send

    with open_app(args) as app:
        now = app.clock.now()
        person = _person(app, args.person) if args.person is not None else None
        report = preview_due(app.database, now=now, secret=app.secret, channels=app.channels)
        digests = [_as_told(d) for d in report.digests if person is None or d.email == person]
        skipped = sum(1 for d in digests if d.skip)
        planned = len(digests) - skipped
        following = upcoming(app.database, after=now, limit=10)
        with app.database.read() as connection:
            besides = Counter(d.channel for d in report.digests if not d.skip)
            eta = still_to_send(connection, paces_of(app.active_transports), now=now, besides=besides)
        if args.json:
            short = report.short_of_floor
            told = {"planned": planned, "skipped": skipped, "eta": eta, "digests": digests, "short_of_floor": short, "next": following}
            print_json({"at": now, **told})
            return 0
        if digests:
            table(
                ("person", "cadence", "channel", "when (local)", "statements, question or reason"),
                (
                    (
                        d.email,
                        d.cadence,
                        d.channel,
                        d.send_after.astimezone(ZoneInfo(d.zone)).strftime("%a %Y-%m-%d %H:%M %Z"),
                        f"skipped: {d.skip.replace('_', ' ')}"
                        if d.skip
                        else ", ".join([*(f"{slug} ({why.replace('_', ' ')})" for slug, why in d.items), *_asked(d)]),
                    )
                    for d in digests
                ),
            )
            say()
        say(f"Due at {now.isoformat(timespec='minutes')}: {planned} digests, {skipped} people skipped.")
        for one in eta:
            if one.eta_seconds is not None and one.eta_seconds >= WORTH_TELLING:
                say(f"{one.sentence}.")
        for slug, people in sorted(report.short_of_floor.items()):
            say(f"{people} people will miss the quarterly minimum for {slug}, because the caps allow no more.")
        if following:
            say("Next:")
            for slot in following:
                when = slot.fire_at.astimezone(ZoneInfo(slot.zone)).strftime("%a %Y-%m-%d %H:%M %Z")
                say(f"  {when}  {slot.cadence} in {slot.zone} ({slot.people} {'person' if slot.people == 1 else 'people'})")
        else:
            say(_why_nothing(app))
    return 0


def _as_told(one: PlannedDigest) -> PlannedDigest:
    """Return a decision without what follows from somebody's answers or silence: the operator is not the person."""
    from cadence.operations.planning.explain_deliveries import told_item_reason, told_reason

    items = tuple((slug, told_item_reason(why, own=False)) for slug, why in one.items)
    return replace(one, skip=told_reason(one.skip, own=False), items=items)


def _asked(digest: PlannedDigest) -> list[str]:
    """Return what a digest asks beside its texts; about what is told to nobody before."""
    many = f"{digest.questions} questions" if digest.questions > 1 else "a question"
    return [f"{many} (drawn at random{', opening round' if digest.asks == 'opening' else ''})"] if digest.questions else []


def _why_nothing(app: App) -> str:
    """Return why no later slot is known, and what would bring one."""
    from cadence.operations.people.import_people import list_people
    from cadence.store.authoring.cadences import stored_cadences

    with app.database.read() as connection:
        if not any(one.active for one in stored_cadences(connection)):
            return "No cadence is active. Apply some with: cadence cadences apply config/cadences.toml"
        if not list_people(connection):
            return "Nobody is on the list yet. Import people with: cadence people import FILE.csv"
    return "No later slot is known: each active cadence has had its last."


def _person(app: App, named: str) -> str:
    """Return the stored address of the active person whom ``--person`` names. Raises Invalid or NotFound."""
    from cadence.domain.people.addresses import parse_email
    from cadence.errors import NotFound
    from cadence.operations.people.import_people import list_people

    address = parse_email(named, field="--person")
    with app.database.read() as connection:
        if any(person.email == address for person in list_people(connection)):
            return address
    raise NotFound(f"--person: there is nobody with the address {address}")
