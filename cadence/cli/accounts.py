"""``cadence accounts``: who may sign in, their roles, and a link when nobody can."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cadence.cli.session import add_common, open_app, print_json, say

if TYPE_CHECKING:
    from cadence.assembly.app import App

_ROLES = ("leader", "author", "approver", "admin", "auditor")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list the accounts that hold a role", allow_abbrev=False)
    listing.add_argument("--all", action="store_true", help="include accounts without a role, and ended ones")
    add_common(listing)
    linking = verbs.add_parser("link", help="print a link that signs somebody in once, within a day", allow_abbrev=False)
    linking.add_argument("email", metavar="EMAIL", help="their email address; an account is made where there is none")
    linking.add_argument("--role", action="append", choices=_ROLES, default=[], help="give them this role too; may be repeated")
    linking.add_argument("--name", default="", help="name of somebody who is on no list")
    add_common(linking)
    for verb, text in (("grant", "give somebody a role"), ("revoke", "take a role from somebody; they are signed out everywhere")):
        changing = verbs.add_parser(verb, help=text, allow_abbrev=False)
        changing.add_argument("email", metavar="EMAIL", help="their email address")
        changing.add_argument("role", metavar="ROLE", choices=_ROLES, help=", ".join(_ROLES))
        add_common(changing)
    ending = verbs.add_parser("end", help="let somebody sign in no more; they are signed out everywhere", allow_abbrev=False)
    ending.add_argument("email", metavar="EMAIL", help="their email address")
    add_common(ending)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    with open_app(args) as app:
        if args.verb == "list":
            return _list(app, args)
        return _link(app, args) if args.verb == "link" else _change(app, args)


def _list(app: App, args: argparse.Namespace) -> int:
    from cadence.store.identity.accounts import accounts_with_roles

    with app.database.read() as connection:
        found = accounts_with_roles(connection, everybody=args.all)
    shown = [
        {
            "email": one.email,
            "name": one.name,
            "roles": sorted(one.roles),
            "signed_in_at": one.signed_in_at,
            "ended": one.ended_at is not None or one.left,
        }
        for one in found
    ]
    if args.json:
        print_json(shown)
        return 0
    if not shown:
        say("Nobody holds a role yet. Make the first admin: cadence accounts link EMAIL --role admin")
    for one in found:
        roles = ", ".join(sorted(one.roles)) or "no role"
        seen = f"last here {one.signed_in_at:%Y-%m-%d}" if one.signed_in_at else "never here"
        say(f"{one.email} ({one.name}): {roles}; {'ended' if one.ended_at is not None or one.left else seen}")
    return 0


def _link(app: App, args: argparse.Namespace) -> int:
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.identity.links import link_url, make_link
    from cadence.identity.permissions import Role
    from cadence.identity.roles import give_roles

    now = app.clock.now()
    roles = [Role(role) for role in args.role]
    account_id = give_roles(app.database, args.email, roles, actor=AT_THE_SHELL, now=now, name=args.name)
    url = link_url(app.settings.base_url, make_link(app.database, account_id, now=now))
    if args.json:
        print_json({"url": url})
        return 0
    say(f"Signs {args.email} in once, within a day; whoever has it can use it:")
    say(f"  {url}")
    return 0


def _change(app: App, args: argparse.Namespace) -> int:
    from cadence.domain.audit import AT_THE_SHELL
    from cadence.identity.permissions import Role
    from cadence.identity.roles import account_of, end_account, give_roles, set_roles

    now = app.clock.now()
    if args.verb == "grant":
        give_roles(app.database, args.email, [Role(args.role)], actor=AT_THE_SHELL, now=now)
    else:
        account = account_of(app.database, args.email)
        if args.verb == "end":
            end_account(app.database, account.id, actor=AT_THE_SHELL, now=now)
        else:
            held = [Role(role) for role, sources in account.roles.items() if "hand" in sources and role != args.role]
            set_roles(app.database, account.id, held, actor=AT_THE_SHELL, now=now)
    found = account_of(app.database, args.email, ended=True)
    if args.json:
        print_json({"email": found.email, "roles": sorted(found.roles), "ended": found.ended_at is not None})
        return 0
    say(f"{found.email}: {'ended' if found.ended_at is not None else ', '.join(sorted(found.roles)) or 'no role'}.")
    return 0
