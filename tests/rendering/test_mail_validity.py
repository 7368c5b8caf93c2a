"""Every kind of mail before two programs of others: html-validate takes it for valid, doiuse-email finds only what is listed.

``linter_baseline.toml`` lists what some mail program does not support and what then becomes of it.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.node import node, node_package
from tests.rendering.mail_kinds import mails

BASELINE = tomllib.loads(Path(__file__).with_name("linter_baseline.toml").read_text(encoding="utf-8"))
LINTERS = Path(__file__).parents[1] / "fixtures" / "mail_linters.mjs"
GOOD = '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>{}</body></html>'
#: what must not be in a mail, and a word of what is said about it
PLANTED = {
    "<div>left open": "close-order",
    "<p><div>x</div></p>": "close-order",
    '<a href="/x"><a href="/y">y</a></a>': "element-permitted-content",
    "<table><tbody><div>x</div></tbody></table>": "element-permitted-content",
    "<ul><p>x</p></ul>": "element-permitted-content",
    '<p class="a" class="b">x</p>': "no-dup-attr",
    '<p id="a">x</p><p id="a">y</p>': "no-dup-id",
    "<p>a & b &nosuchthing;</p>": "unrecognized-char-ref",
    '<a href="/x"></a>': "wcag/h30",
    '<img src="x.png">': "wcag/h37",
}
UNSUPPORTED = {
    '<p style="position: fixed">x</p>': ("position", "gmail.ios"),
    '<p style="display: grid">x</p>': ("display:grid", "outlook.windows"),
    '<form action="/x"></form>': ("<form> element", "outlook.windows"),
    "<video></video>": ("<video> element", "gmail.ios"),
    '<p style="width: 10vw">x</p>': ("vw unit", "outlook.windows"),
}


def linted(pages: dict[str, str]) -> dict[str, dict[str, Any]]:
    node_package("html-validate")
    node_package("doiuse-email")
    done = subprocess.run([node(), LINTERS], input=json.dumps(pages), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """What both programs say of every mail."""
    return linted(mails())


def test_every_mail_is_valid_html(found: dict[str, dict[str, Any]]) -> None:
    assert found.keys() == mails().keys()
    assert {name: one["faults"] for name, one in found.items() if one["faults"]} == {}


def test_the_linter_of_mail_programs_finds_what_is_listed_and_nothing_else(found: dict[str, dict[str, Any]]) -> None:
    listed = {(feature, program) for feature, entry in BASELINE.items() for program in entry["programs"]}
    seen = {(feature, program) for one in found.values() for feature, program in one["unsupported"]}
    assert sorted(seen - listed) == []
    assert sorted(listed - seen) == [], "nothing needs these lines any more"
    assert all(entry["then"] for entry in BASELINE.values())


def test_both_programs_find_what_is_planted() -> None:
    pages = {body: GOOD.format(body) for body in (*PLANTED, *UNSUPPORTED, "<p>good</p>")}
    said = linted(pages)
    assert said["<p>good</p>"]["faults"] == []
    assert {body: rule for body, rule in PLANTED.items() if not any(fault.startswith(rule) for fault in said[body]["faults"])} == {}
    listed = {(feature, program) for feature, entry in BASELINE.items() for program in entry["programs"]}
    for body, pair in UNSUPPORTED.items():
        assert list(pair) in said[body]["unsupported"], (body, said[body]["unsupported"])
        assert pair not in listed


def test_every_mail_stays_under_80_kB() -> None:
    assert {name: len(html.encode()) for name, html in mails().items() if len(html.encode()) > 80_000} == {}
