"""A command whose data may be lost ends after a while, whatever one of its threads still waits for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_STUCK = """
import sys, threading
from pathlib import Path
from cadence.cli.stopping import end_within
asked = threading.Event()
end_within(0.05 if sys.argv[2] == "hangs" else 60, asked, stacks=Path(sys.argv[1]), say=lambda text: print(text, flush=True))
asked.set()
if sys.argv[2] == "ends":
    print("by itself", flush=True)
else:
    threading.Event().wait()
"""


def test_what_hangs_is_ended_and_its_threads_are_written_down(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks.txt"
    done = subprocess.run([sys.executable, "-c", _STUCK, stacks, "hangs"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Stopped.\n", "")
    assert "in wait" in stacks.read_text(encoding="utf-8")


def test_what_ends_in_time_is_left_alone(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks.txt"
    done = subprocess.run([sys.executable, "-c", _STUCK, stacks, "ends"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "by itself\n", "")
    assert not stacks.exists()
