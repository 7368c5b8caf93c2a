"""``cadence doctor``: what is well, what is not, and how to fix it."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_common, open_app, print_json, say

_SIGNS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything; 1 when anything fails."""
    from cadence.identity.inspect_sign_in import inspect_sign_in
    from cadence.operations.running.doctor import Health, doctor, worst
    from cadence.operations.running.inspect_privacy import inspect_privacy
    from cadence.operations.running.inspect_returns import inspect_returns
    from cadence.operations.running.inspect_templates import inspect_templates

    with open_app(args, schema=False) as app:
        settings = app.settings
        checks = doctor(
            app.database,
            data_dir=settings.data_dir,
            key_file=None if settings.secret_key is not None else settings.data_dir / "secret.key",
            base_url=settings.base_url,
            transports=app.active_transports,
            now=app.clock.now(),
            zone=settings.default_zone,
            ahead=app.clock_ahead(),
        )
        has_password = settings.admin_password is not None
        checks += inspect_privacy(app.database, data_dir=settings.data_dir, base_url=settings.base_url, has_password=has_password)
        checks.append(inspect_templates(settings))
        checks += inspect_returns(app.database, app.mail_poller)
        checks += inspect_sign_in(app.database, app.company_sign_in)
    health = worst(checks)
    if args.json:
        print_json({"health": health, "checks": checks})
    else:
        for check in checks:
            say(f"{_SIGNS[check.health.value]}  {check.name}: {check.sentence}")
            if check.remedy:
                say(f"      {check.remedy}")
    return 1 if health is Health.FAIL else 0
