"""The wheel holds all that a person needs: it runs from an empty folder without the source tree beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("cadence", "messages", "config", "pyproject.toml", "README.md")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel, built from a copy of the sources, was unpacked."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "_shipped"))
        else:
            shutil.copyfile(ROOT / part, source / part)
    uv = Path(sys.executable).with_name("uv")
    command = [
        str(uv),
        "build",
        "--quiet",
        "--offline",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        "dist",
        ".",
    ]
    subprocess.run(command, cwd=source, check=True)
    (wheel,) = (source / "dist").glob("*.whl")
    place = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def _run(installed: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=folder,
        # its bytecode goes with it: a run's own folder is never looked into again
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONPYCACHEPREFIX": str(installed / "bytecode")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_empty_folder_becomes_an_installation(installed: Path, tmp_path: Path) -> None:
    shipped = _run(
        installed, tmp_path, "-c", "from cadence.shipped import shipped_folder; print(shipped_folder('messages').parent, end='')"
    )
    assert Path(shipped) == installed / "cadence" / "_shipped"
    _run(installed, tmp_path, "-m", "cadence", "init")
    assert (tmp_path / "config" / "cadences.toml").is_file()
    assert "14 created" in _run(installed, tmp_path, "-m", "cadence", "statements", "import", f"{shipped}/messages/statements")
    assert "240 created" in _run(installed, tmp_path, "-m", "cadence", "people", "import", f"{shipped}/config/people.csv")
    assert "added: " in _run(installed, tmp_path, "-m", "cadence", "cadences", "apply", "config/cadences.toml")
    assert "digests" in _run(installed, tmp_path, "-m", "cadence", "plan", "--at", "2026-11-30T10:00+00:00")
    assert _run(installed, tmp_path, "-m", "cadence", "demo", "--help").startswith("usage: cadence demo")


@pytest.mark.parametrize(
    "name", ["web/static", "web/templates", "demo/pages", "store/database/migrations/versions", "_shipped/messages/templates"]
)
def test_the_wheel_carries_every_file_that_is_no_module(installed: Path, name: str) -> None:
    source = ROOT / name.removeprefix("_shipped/") if name.startswith("_shipped") else ROOT / "cadence" / name
    wanted = {p.relative_to(source) for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert {p for p in wanted if not (installed / "cadence" / name / p).is_file()} == set()
    assert wanted
