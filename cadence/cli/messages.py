"""``cadence messages``: see what a person would get, before anybody gets it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.cli.output import write_private
from cadence.cli.session import add_at, add_common, note, open_app, say
from cadence.errors import NotFound

if TYPE_CHECKING:
    from cadence.assembly.app import App
    from cadence.domain.sending.deliveries import Digest

FORMATS = ("html", "text", "png", "slack-json")
WIDTHS = (320, 600, 1200)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NO_BROWSER = "--format png: a picture needs a browser: pip install playwright, and install Chromium (or: playwright install chromium)"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    preview = verbs.add_parser("preview", help="show what a person would get; nothing is sent or recorded", allow_abbrev=False)
    what = preview.add_mutually_exclusive_group(required=True)
    what.add_argument("statement", metavar="STATEMENT", nargs="?", help="only this statement")
    what.add_argument("--digest", action="store_true", help="the person's next digest, as the planner decides it now")
    preview.add_argument("--person", metavar="EMAIL", required=True, help="the person it is for")
    preview.add_argument("--format", choices=FORMATS, default="html", help="how to show it (default: html)")
    preview.add_argument("--output", type=Path, metavar="FILE", help="write here (default: standard output; a picture needs it)")
    preview.add_argument("--width", type=int, choices=WIDTHS, default=600, help="width of a picture, in pixels (default: 600)")
    preview.add_argument("--dark", action="store_true", help="a picture in dark mode")
    add_at(preview)
    add_common(preview, as_json=False)


def run(args: argparse.Namespace) -> int:
    """Write the preview."""
    if args.format == "png" and args.output is None:
        note("cadence: --output: a picture needs a file to be written to (for example: --output preview.png)")
        return 2
    with open_app(args) as app:
        digest = _digest(app, args)
        shown = _shown(app, digest, args.format)
    if args.format == "png":
        write_private(args.output, picture(shown, width=args.width, dark=args.dark))
    elif args.output is not None:
        write_private(args.output, shown)
    else:
        sys.stdout.write(shown)
    if args.output is not None:
        say(f"{args.output}: {len(digest.items)} statement{'s' * (len(digest.items) != 1)} for {digest.person_name}")
    return 0


def _digest(app: App, args: argparse.Namespace) -> Digest:
    from cadence.domain.sending.deliveries import Channel
    from cadence.operations.authoring.preview_message import preview_digest, preview_statement

    channel = Channel.SLACK if args.format == "slack-json" else Channel.EMAIL
    if not args.digest:
        return preview_statement(app.database, email=args.person, slug=args.statement, channel=channel, now=app.clock.now())
    # without any channel set up the planner would only say so; a preview is wanted before that, too
    return preview_digest(
        app.database,
        email=args.person,
        channel=channel,
        channels=app.channels or tuple(Channel),
        secret=app.secret,
        now=app.clock.now(),
    )


def _shown(app: App, digest: Digest, form: str) -> str:
    from cadence.rendering.previews import preview_html, preview_slack, preview_text

    if form == "slack-json":
        return json.dumps(preview_slack(app.settings, digest), ensure_ascii=False, indent=2) + "\n"
    return preview_text(app.settings, digest) if form == "text" else preview_html(app.settings, digest)


def picture(html: str, *, width: int, dark: bool) -> bytes:
    """Return a PNG of a whole mail. Raises NotFound, in one line with the remedy, when there is no browser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NotFound(_NO_BROWSER) from None
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
            page.set_content(html)
            taken = page.screenshot(full_page=True)
            browser.close()
            return taken
    except Error:
        raise NotFound(_NO_BROWSER) from None
