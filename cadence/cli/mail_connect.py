"""``cadence mail connect``: a person consents once at Microsoft or Google, and the right they give is kept, sealed."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import TYPE_CHECKING

from cadence.cli.session import add_common, note, open_app, print_json, say

if TYPE_CHECKING:
    from cadence.channels.email.consent import Listener
    from cadence.channels.email.oauth import TokenEndpoint, Tokens

#: seconds that a person has for the consent
_PATIENCE = 600.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("provider", choices=("microsoft", "google"), help="who gives the tokens; see the oauth settings")
    parser.add_argument(
        "--paste", action="store_true", help="read the address that the browser ends at from standard input; listen nowhere"
    )
    parser.add_argument("--port", type=int, default=8789, metavar="PORT", help="listen on this port of this machine (default: 8789)")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Connect the mail account."""
    from cadence.channels.email.oauth import TokenEndpoint
    from cadence.errors import Invalid

    with open_app(args) as app:
        access = app.oauth_access
        if access.provider.name != args.provider:
            raise Invalid(
                "oauth.provider", access.provider.name, f"is not {args.provider}", example=f"CADENCE_OAUTH__PROVIDER={args.provider}"
            )
        endpoint = TokenEndpoint(access)
        if access.application:
            endpoint.apply()
            return _tell(args, f"{access.provider.label} gives this application tokens of its own; nobody has to consent.")
        given = _ask(args, endpoint)
        if not given.renewal:
            raise Invalid(
                "consent", access.provider.label, "came without a lasting right; take ours away in the account's settings and try again"
            )
        app.token_vault.save(access.provider.name, given.renewal)
    return _tell(args, f"{access.provider.label} is connected; its token is kept, sealed with this installation's key.")


def _ask(args: argparse.Namespace, endpoint: TokenEndpoint) -> Tokens:
    """Let the person consent; return the tokens for it."""
    from cadence.channels.email.consent import Consent, Listener

    chance = {"state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48)}
    if args.paste:
        consent = Consent(port=args.port, **chance)
        _show(consent.page(endpoint), "then paste here the address that the browser ends at (its page may fail to load):")
        code = consent.code_in(sys.stdin.readline())
    else:
        with _listening(args.port, Listener) as listener:
            consent = Consent(port=listener.port, **chance)
            _show(consent.page(endpoint), f"waiting on port {listener.port} of this machine (from another machine: --paste) ...")
            code = listener.wait(consent, seconds=_PATIENCE)
    return endpoint.redeem(code, verifier=consent.verifier, redirect=consent.redirect)


def _listening(port: int, listener: type[Listener]) -> Listener:
    from cadence.errors import Invalid

    try:
        return listener(port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "is no port"
        raise Invalid("--port", port, f"cannot be listened on: {why}", example="--port 8790, or --paste") from None


def _show(page: str, then: str) -> None:
    note("Open this page, and log in as the account that sends or holds the mailbox:")
    note(page)
    note(then)


def _tell(args: argparse.Namespace, said: str) -> int:
    if args.json:
        print_json({"provider": args.provider, "connected": True})
    else:
        say(said)
        say("Now: cadence doctor")
    return 0
