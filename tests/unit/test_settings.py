"""Settings come from file, environment and secret files, in that order; each one is documented."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from cadence.errors import ConfigError
from cadence.settings.loading import Settings, describe, load_or_create_secret, load_settings
from cadence.settings.values import StartTls

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///var/cadence.db"
    assert (settings.base_url, settings.http.port, settings.tick_seconds) == ("http://127.0.0.1:8787", 8787, 60)
    assert (settings.smtp.starttls, settings.smtp.per_minute, settings.smtp.connections) == (StartTls.REQUIRED, None, 5)
    assert settings.privacy.k == 5


def test_environment_beats_file_and_secret_file_beats_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write(
        tmp_path / "c.toml", "company_name = 'File'\n[smtp]\nhost = 'file.example'\nport = 25\nfrom = 'a@b.example'\npassword = 'file'\n"
    )
    monkeypatch.setenv("CADENCE_SMTP__HOST", "env.example")
    monkeypatch.setenv("CADENCE_SMTP__PASSWORD", "environment")
    monkeypatch.setenv("CADENCE_SMTP__PASSWORD_FILE", str(write(tmp_path / "password", "secret file\n")))
    settings = load_settings(config)
    assert (settings.company_name, settings.smtp.host, settings.smtp.port, settings.smtp.sender) == (
        "File",
        "env.example",
        25,
        "a@b.example",
    )
    assert settings.smtp.password is not None
    assert settings.smtp.password.get_secret_value() == "secret file"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_SMTP__PORT", "")
    monkeypatch.setenv("CADENCE_SMTP__PASSWORD_FILE", "")
    assert load_settings().smtp.port == 587


def test_the_file_is_found_by_name_by_variable_and_in_its_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "config" / "cadence.toml", "company_name = 'usual'")
    assert load_settings().company_name == "usual"
    monkeypatch.setenv("CADENCE_CONFIG", str(write(tmp_path / "other.toml", "company_name = 'variable'")))
    assert load_settings().company_name == "variable"
    assert load_settings(write(tmp_path / "third.toml", "company_name = 'named'")).company_name == "named"


@pytest.mark.parametrize("table", ["limits", "limits.floor", "cadences.weekly", "audiences.inside", "slices.our-purpose"])
def test_rules_in_the_settings_file_are_sent_to_their_own(tmp_path: Path, table: str) -> None:
    named = table.split(".")[0]
    with pytest.raises(ConfigError, match=rf"{named}: \[{named}\] stands in cadences\.toml; put it there and run: cadence cadences apply"):
        load_settings(write(tmp_path / "cadence.toml", f"[{table}]\npriority = 3"))


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_named_file_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch, by_variable: bool) -> None:
    monkeypatch.setenv("CADENCE_CONFIG", "missing.toml")
    with pytest.raises(ConfigError, match=r"missing\.toml: there is no such settings file"):
        load_settings(None if by_variable else Path("missing.toml"))


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_SLACK__BOT_TOKEN_FILE", "missing")
    with pytest.raises(ConfigError, match="CADENCE_SLACK__BOT_TOKEN_FILE = missing: cannot be read"):
        load_settings()


@pytest.mark.parametrize(("given", "meant"), [("true", StartTls.REQUIRED), ("False", StartTls.OFF), ("implicit", StartTls.IMPLICIT)])
def test_starttls_may_be_written_as_true_or_false(monkeypatch: pytest.MonkeyPatch, given: str, meant: StartTls) -> None:
    monkeypatch.setenv("CADENCE_SMTP__STARTTLS", given)
    assert load_settings().smtp.starttls is meant


@pytest.mark.parametrize(("given", "meant"), [("exchange", 25.0), ("own", None), ("120", 120.0)])
def test_a_mail_rate_is_a_number_or_the_name_of_a_relay(monkeypatch: pytest.MonkeyPatch, given: str, meant: float | None) -> None:
    monkeypatch.setenv("CADENCE_SMTP__PER_MINUTE", given)
    assert load_settings().smtp.per_minute == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://c.example/", "https://c.example"),
        ("http://localhost:80", "http://localhost:80"),
        ("http://[::1]:8787", "http://[::1]:8787"),
    ],
)
def test_a_base_address_has_no_slash_at_its_end(given: str, meant: str) -> None:
    assert Settings(base_url=given).base_url == meant


def test_settings_given_in_code_look_at_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_COMPANY_NAME", "environment")
    settings = Settings(data_dir=tmp_path)
    assert settings.company_name == "Our company"
    assert settings.database_url == f"sqlite:///{tmp_path}/cadence.db"


def test_settings_are_frozen_and_show_no_secret() -> None:
    settings = Settings(secret_key=SecretStr("k" * 32), database_url="postgresql://cadence:hunter2@db/cadence")
    assert "kkkk" not in repr(settings)
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.company_name = "Other"


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    key = load_or_create_secret(settings)
    assert len(key) == 64
    assert load_or_create_secret(settings) == key
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret.key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    settings, found = Settings(data_dir=tmp_path), []
    threads = [threading.Thread(target=lambda: found.append(load_or_create_secret(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_others_may_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    write(tmp_path / "secret.key", "x" * 64, mode=0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_create_secret(settings)
    write(tmp_path / "secret.key", "short")
    with pytest.raises(ConfigError, match="fewer than 32"):
        load_or_create_secret(settings)


def test_a_configured_key_wins_and_makes_no_file(tmp_path: Path) -> None:
    assert load_or_create_secret(Settings(data_dir=tmp_path, secret_key=SecretStr("s" * 40))) == b"s" * 40
    assert list(tmp_path.iterdir()) == []


def test_every_setting_is_in_the_reference_with_its_default_and_help() -> None:
    lines = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    for row in describe():
        variable = f"`{row.variable}`" + (", `..._FILE`" if row.secret else "")
        kind = row.type.replace("|", "\\|") + (f", {row.unit}" if row.unit else "")
        default = f"`{row.default}`" if row.default else "none"
        assert f"| `{row.name}` | {variable} | {kind} | {default} | {row.help} | `{row.example}` |" in lines
    named = {match[1] for line in lines if (match := re.match(r"\| `([a-z_.]+)` \|", line))}
    assert named == {row.name for row in describe()}


def test_the_sample_file_shows_every_setting_and_is_right_as_it_stands(tmp_path: Path) -> None:
    text = (ROOT / "config" / "cadence.toml").read_text(encoding="utf-8")
    assert load_settings(write(tmp_path / "sample.toml", text)) == load_settings()
    assert [row.name for row in describe() if f"# {row.name.split('.')[-1]} = " not in text and f"{row.variable}_FILE" not in text] == []


def test_the_sample_file_is_right_with_every_line_switched_on(tmp_path: Path) -> None:
    text = (ROOT / "config" / "cadence.toml").read_text(encoding="utf-8")
    switched_on = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    assert len(tomllib.loads(switched_on)) > 8
    assert load_settings(write(tmp_path / "sample.toml", switched_on)).smtp.host == "smtp.example.com"


def test_reading_settings_brings_in_no_server_database_or_slack() -> None:
    heavy = "{'sqlalchemy', 'fastapi', 'slack_sdk', 'numpy', 'jinja2', 'holidays', 'sqlmodel'}"
    code = f"import sys, cadence.settings.loading; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["cadence.example.com", "a.bc", "xn--bcher-kva.example", "[192.0.2.7]", "[IPv6:2001:db8::7]"])
def test_a_name_to_greet_by_is_a_full_host_name_or_an_address_in_brackets(name: str) -> None:
    assert Settings.model_validate({"smtp": {"helo": name}}).smtp.helo == name


@pytest.mark.parametrize("name", ["cadence", "192.0.2.7", "a b.example", "-a.example", "münchen.example", "a..b.example"])
def test_other_names_to_greet_by_are_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_SMTP__HELO", name)
    with pytest.raises(ConfigError, match="must be a full host name"):
        load_settings()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"smtp": {"host": "h.example", "from": "a@b.example", "auth": "oauth", "username": "u"}}, "oauth.provider is missing"),
        ({"imap": {"host": "h.example", "username": "u", "auth": "oauth"}, "oauth": {"provider": "google"}}, "oauth.client_id is missing"),
        (
            {
                "smtp": {"host": "h.example", "from": "a@b.example", "auth": "oauth"},
                "oauth": {"provider": "microsoft", "client_id": "c"},
            },
            "smtp.username is missing",
        ),
        ({"oauth": {"provider": "google", "client_id": "c", "grant": "client_credentials"}}, "which Google does not give"),
        (
            {
                "imap": {"host": "h.example", "username": "u", "auth": "oauth"},
                "oauth": {"provider": "microsoft", "client_id": "c", "grant": "client_credentials"},
            },
            "oauth.client_secret is missing",
        ),
        ({"oauth": {"token_url": "http://login.example.com/token"}}, "token_url"),
        ({"oauth": {"provider": "yahoo"}}, "provider"),
    ],
)
def test_settings_of_oauth_that_cannot_work_are_refused_by_name(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Settings.model_validate(changes)


def test_a_mailbox_by_oauth_needs_no_password() -> None:
    oauth = {"provider": "microsoft", "client_id": "c"}
    assert Settings.model_validate({"imap": {"host": "h.example", "username": "u", "auth": "oauth"}, "oauth": oauth}).imap.auth == "oauth"
