"""The bootstrap changes nothing on a machine that it was not asked to change, and trusts what the machine trusts."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cadence import dev


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that apt is asked for, as root on a machine that has none of them."""
    packages: list[str] = []
    monkeypatch.setattr(dev, "_apt", lambda *names: packages.extend(names))
    monkeypatch.setattr(dev, "_can_apt", lambda: True)
    monkeypatch.setattr(dev, "_found", lambda program: False)
    # the real one is not to be touched
    monkeypatch.setattr(dev, "POLICY", Path("/nonexistent/policy-rc.d"))
    return packages


def test_mail_servers_are_installed_only_when_asked_for(installed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    dev.ensure_mail_servers(install=False)
    assert installed == []
    assert "--with-servers" in capsys.readouterr().out


def test_nothing_may_start_while_mail_servers_are_installed(installed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy, seen = tmp_path / "policy-rc.d", []
    monkeypatch.setattr(dev, "POLICY", policy)
    monkeypatch.setattr(dev, "_apt", lambda *names: seen.append((sorted(names), policy.read_text(encoding="utf-8"))))
    dev.ensure_mail_servers(install=True)
    assert seen == [(["dovecot-imapd", "exim4-daemon-light"], "#!/bin/sh\nexit 101\n")]
    assert not policy.exists()


def test_asking_for_servers_where_they_cannot_be_installed_is_refused_in_one_line(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "_can_apt", lambda: False)
    with pytest.raises(dev.Failed, match="--with-servers installs dovecot-imapd and exim4-daemon-light with apt-get, which this user"):
        dev.ensure_mail_servers(install=True)


def test_what_is_asked_of_the_bootstrap_is_not_passed_on_to_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(dev, "setup", lambda arguments: 0)
    monkeypatch.setattr(dev, "ensure_mail_servers", lambda *, install: asked.append(install))
    assert dev._prepare(["-x", "--with-servers", "tests/unit"]) == ["-x", "tests/unit"]
    assert dev._prepare(["-x"]) == ["-x"]
    assert asked == [True, False]


def _store(folder: Path | None) -> SimpleNamespace:
    return SimpleNamespace(cafile=None, capath=str(folder) if folder else None)


def test_uv_and_node_trust_the_certificates_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "company.pem").touch()
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: _store(tmp_path))
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    told = dev._trusting_the_system()
    assert (told["UV_SYSTEM_CERTS"], told["NODE_USE_SYSTEM_CA"]) == ("true", "1")
    monkeypatch.setenv("UV_SYSTEM_CERTS", "false")
    assert dev._trusting_the_system()["UV_SYSTEM_CERTS"] == "false"


def test_where_the_system_has_no_certificates_the_tools_keep_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    for folder in (None, tmp_path):
        monkeypatch.setattr(ssl, "get_default_verify_paths", lambda folder=folder: _store(folder))
        assert "UV_SYSTEM_CERTS" not in dev._trusting_the_system()


def test_on_another_date_the_suite_has_its_usual_length(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "call", lambda command, cwd, env: seen.append((command, env)))
    monkeypatch.setenv("CADENCE_TEST_NIGHTLY", "1")
    dev._tests_on("Europe/Berlin", "2029-03-25 01:58:00", "-x")
    [(command, environment)] = seen
    assert command[:3] == ["/usr/bin/faketime", "--exclude-monotonic", "2029-03-25 01:58:00"]
    assert command[-1] == "-x"
    assert "CADENCE_TEST_NIGHTLY" not in environment
    assert environment["TZ"] == "Europe/Berlin"


def test_the_nightly_run_says_what_it_adds_without_running(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(dev, "setup", lambda arguments: pytest.fail("something ran"))
    assert dev.main(["nightly", "--help"]) == 0
    assert "29 February" in capsys.readouterr().out
