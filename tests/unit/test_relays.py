"""A preset fills in what is left open; what is set by hand wins."""

from __future__ import annotations

import pytest

from cadence.errors import ConfigError
from cadence.settings.fields import Settings
from cadence.settings.loading import load_settings
from cadence.settings.relays import RELAYS, RelayName


@pytest.mark.parametrize("name", [n for n in RelayName if RELAYS[n].host])
def test_a_preset_knows_server_rate_and_connections(monkeypatch: pytest.MonkeyPatch, name: RelayName) -> None:
    monkeypatch.setenv("CADENCE_SMTP__PRESET", name.value)
    monkeypatch.setenv("CADENCE_SMTP__FROM", "cadence@example.com")
    smtp, relay = load_settings().smtp, RELAYS[name]

    assert (smtp.host, smtp.port, smtp.per_minute, smtp.connections) == (relay.host, relay.port, relay.per_minute, relay.connections)
    assert relay.source.startswith("https://")
    assert relay.limit


def test_what_is_set_by_hand_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "PRESET": "office365",
        "HOST": "mail.example.com",
        "PORT": "2525",
        "PER_MINUTE": "own",
        "CONNECTIONS": "1",
        "FROM": "c@example.com",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"CADENCE_SMTP__{name}", value)
    smtp = load_settings().smtp
    assert (smtp.host, smtp.port, smtp.per_minute, smtp.connections) == ("mail.example.com", 2525, None, 1)


def test_generic_presumes_nothing() -> None:
    smtp = Settings.model_validate({"smtp": {"preset": "generic"}}).smtp
    assert (smtp.host, smtp.port, smtp.per_minute, smtp.connections) == ("", 587, None, 5)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"PRESET": "hotmail"}, "PRESET"),
        ({"PRESET": "ses", "FROM": "c@example.com"}, "smtp.host is missing"),
        ({"PRESET": "gmail"}, "smtp.from is missing"),
    ],
)
def test_a_preset_that_cannot_work_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"CADENCE_SMTP__{name}", value)
    with pytest.raises((ConfigError, ExceptionGroup)) as refused:
        load_settings()
    said = str(refused.value) + " ".join(map(str, getattr(refused.value, "exceptions", ())))
    assert told.casefold() in said.casefold()
