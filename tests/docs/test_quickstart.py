"""The quickstart, typed in as it stands: an empty folder, a real mail server, the first two digests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cadence.demo.mail_sink import MailSink

ROOT = Path(__file__).resolve().parents[2]


def _commands() -> str:
    page = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE))


def test_the_quickstart_leads_to_the_first_digests(tmp_path: Path) -> None:
    with MailSink() as mail:
        script = _commands().replace("CADENCE_SMTP__PORT=2525", f"CADENCE_SMTP__PORT={mail.smtp_port}")
        function = f'cadence() {{ "{sys.executable}" -m cadence "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-e", "-c", function + script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(m.recipient for m in mail.mails()) == ["ana@example.com", "bo@example.com"]
    assert "2 sent, 0 failed" in done.stdout
    assert "2 of 2 (100%)" in done.stdout
