"""``cadence demo`` ends when it is told to, at whatever moment that is."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cadence.assembly.app import App
from cadence.assembly.service import Service
from cadence.demo.town import free_port
from cadence.settings.loading import Settings
from cadence.store.database.migrations import upgrade
from tests.fixtures.tried import a_command


def test_an_interrupt_while_the_past_is_played_ends_the_demo(tmp_path: Path) -> None:
    """Also for a command that was started in the background, whose shell lets Ctrl-C be ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with a_command("demo", "--folder", str(tmp_path / "demo"), folder=tmp_path) as tried:
            tried.until("Cadence demo")
            assert tried.stop() == 130
            assert "Ready" not in tried.rest()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_comes_before_the_pages_answer_stops_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from uvicorn import Server

    ready: list[None] = []
    begin = Server.run

    def run(self: Server, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)  # nobody of uvicorn's listens yet
        begin(self, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "run", run)
    facts = {"data_dir": tmp_path, "database_url": f"sqlite:///{tmp_path / 'c.db'}", "base_url": "http://127.0.0.1:8787"}
    settings = Settings.model_validate({**facts, "http": {"port": free_port(8787)}})
    upgrade(settings.database_url)
    app = App(settings, disposable=True)
    try:
        Service(app, on_ready=lambda: ready.append(None)).run()
    finally:
        app.close()
    assert ready == []
