"""``cadence init``: a database at the current schema, a key file and a starter configuration."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from cadence.cli.session import add_common, note, print_json, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)
    parser.add_argument("--new-key", action="store_true", help="make a new key where the old one is lost; ends all links sent so far")


def run(args: argparse.Namespace) -> int:
    """Make what is missing; change nothing that is there."""
    from cadence.assembly.app import App
    from cadence.settings.loading import load_or_create_secret, load_settings
    from cadence.shipped import shipped_folder
    from cadence.store.database.migrations import upgrade

    written = []
    config_dir = Path("config")
    for name in ("cadence.toml", "cadences.toml"):
        target = config_dir / name
        if not target.exists():
            config_dir.mkdir(exist_ok=True)
            shutil.copyfile(shipped_folder("config") / name, target)
            written.append(str(target))
    settings = load_settings(args.config)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(settings.database_url)
    if args.new_key:
        load_or_create_secret(settings)
    else:
        app = App(settings)
        try:
            _ = app.secret  # made when it is missing and nothing was sent with one
        finally:
            app.close()
    if args.json:
        print_json({"database": "ready", "data_dir": str(settings.data_dir), "written": written})
        return 0
    say("Database ready.")
    for name in written:
        say(f"Wrote {name}.")
    if not (settings.messages_dir / "statements").is_dir():
        note(f"Write your statements as Markdown files into {settings.messages_dir / 'statements'} (docs/statements.md). Then:")
    note("Next: cadence statements import messages/statements; cadence people import FILE.csv; cadence cadences apply config/cadences.toml")
    return 0
