"""The quickstart, typed in as it stands: an empty folder, the local inbox, the first two digests."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

from tests.fixtures.tried import ROOT, a_command, from_the_sources

PORT = "2525"


def _blocks() -> list[str]:
    page = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    return re.findall(r"^```\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


def test_the_quickstart_leads_to_the_first_digests(tmp_path: Path) -> None:
    """What runs until Ctrl-C has a terminal of its own; everything else is typed into one."""
    folder, port, printed = tmp_path / "empty", _free_port(), ""
    folder.mkdir()
    script = f'cadence() {{ "{sys.executable}" -m cadence "$@"; }}\n'
    with ExitStack() as terminals:
        for block in _blocks():
            if not block.startswith("cadence try"):
                script += block.replace(f"CADENCE_SMTP__PORT={PORT}", f"CADENCE_SMTP__PORT={port}")
                continue
            other_port = ["--smtp-port", port] if "--inbox-only" in block else []
            tried = terminals.enter_context(a_command(*block.split()[1:], *other_port, folder=tmp_path))
            printed = tried.until("Ctrl-C")
            if "--inbox-only" not in block:
                assert "You get this because" in printed
                assert tried.stop() == 0
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=from_the_sources(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        with urlopen(next(word for word in printed.split() if word.startswith("http://"))) as inbox:
            arrived = inbox.read().decode()
    assert "2 mails" in arrived
    assert all(name in arrived for name in ("Ana Ruiz", "Bo Lind"))
    assert "2 sent, 0 failed" in done.stdout
    assert "2 of 2 (100%)" in done.stdout
