"""``cadence serve``: the whole service in one process."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_common, note, open_app


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser, as_json=False)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    from cadence.assembly.service import Service
    from cadence.identity.links import first_admin_link, link_url

    with open_app(args) as app:
        settings = app.settings
        channels = ", ".join(app.channels) or "none (set CADENCE_SMTP__HOST or CADENCE_SLACK__BOT_TOKEN)"
        where = f"http://{settings.http.host}:{settings.http.port}/"
        arguments = ["--config", str(args.config)] if args.config else []

        def ready() -> None:
            note(f"Cadence answers at {where} - channels: {channels}. Ctrl-C stops it.")
            token = first_admin_link(app.database, now=app.clock.now())
            if token is not None:
                note(f"Nobody is its admin yet. Whoever opens this becomes it (once, within a day): {link_url(settings.base_url, token)}")

        Service(app, worker_arguments=arguments, on_ready=ready).run()
    note("Stopped.")
    return 0
