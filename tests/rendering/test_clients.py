"""Every mail is well-formed HTML made only of what ``client_baseline.toml`` lists, and the largest sample digest stays small.

A parser that closes what a browser would close silently is no help here: this one counts every fault.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cadence.domain.sending.deliveries import Digest
from tests.rendering.mail_kinds import RICH
from tests.rendering.sample_company import sample_item, sample_statements
from tests.rendering.samples import EXPIRES, MEASURES, QUESTION, a_digest, an_item, email_composer, html_of, text_of

BASELINE = tomllib.loads(Path(__file__).with_name("client_baseline.toml").read_text(encoding="utf-8"))
VOID = {"meta", "br", "hr"}
#: what ends a paragraph by itself in HTML, so that the </p> that follows closes nothing (WHATWG HTML, 4.4.1)
BLOCKS = {"div", "p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "pre", "blockquote", "hr"}
PARENTS = {
    "li": {"ul", "ol"},
    "tr": {"thead", "tbody"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "caption": {"table"},
}
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "tr": {"td", "th"}, "table": {"caption", "thead", "tbody"}, "tbody": {"tr"}, "thead": {"tr"}}
COMPOSER = email_composer()


class Linter(HTMLParser):
    """Notes every fault of a mail, and everything it is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.used: set[tuple[str, str]] = set()
        self._open: list[str] = []
        self._sheet = False

    def handle_decl(self, decl: str) -> None:
        self.used.add(("doctype", decl.lower()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1] if self._open else ""
        self.used.add(("elements", tag))
        self._require(tag in BASELINE["elements"], f"<{tag}> is not in the baseline")
        self._require("p" not in self._open or tag not in BLOCKS, f"<{tag}> inside <p>")
        self._require(tag not in PARENTS or parent in PARENTS[tag], f"<{tag}> inside <{parent}>")
        self._require(parent not in CHILDREN or tag in CHILDREN[parent], f"<{tag}> inside <{parent}>")
        self._require(tag != "a" or "a" not in self._open, "a link inside a link")
        names = [name for name, _ in attrs]
        self._require(len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}")
        for name, value in attrs:
            self._require(name in (*BASELINE["attributes"]["*"], *BASELINE["attributes"].get(tag, ())), f'<{tag} {name}="{value}">')
            if name == "style":
                for rule in (value or "").split(";"):
                    self._declaration("inline", rule)
            if name == "media":
                self._media(value or "")
        if tag not in VOID:
            self._open.append(tag)
        self._sheet = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._sheet = False
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> does not close <{self._open[-1] if self._open else ''}>")

    def handle_data(self, data: str) -> None:
        if self._sheet:
            for media in re.findall(r"@media ([^{]+)\{", data):
                self._media(media)
            self._require(set(re.findall(r"@[\w-]+", data)) <= {"@media"}, "an at-rule that is not @media")
            for block in re.findall(r"\{([^{}]*)\}", data):
                for rule in block.split(";"):
                    self._declaration("sheet", rule)
        elif self._open and self._open[-1] in CHILDREN:
            self._require(not data.strip(), f"text between the parts of <{self._open[-1]}>: {data.strip()[:40]}")

    def close(self) -> None:
        super().close()
        self._require(not self._open, f"left open: {self._open}")

    def _require(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    def _media(self, written: str) -> None:
        query = " ".join(written.split()).removeprefix("screen and ").removeprefix("only screen and ")
        known = {name.removeprefix("only screen and "): name for name in BASELINE["media"]}
        self._require(query in known, f"@media {written}")
        self.used.add(("media", known.get(query, query)))

    def _declaration(self, where: str, rule: str) -> None:
        name, _, value = rule.strip().partition(":")
        if not name:
            return
        self.used.add((where, name.strip()))
        self._require(name.strip() in BASELINE[where], f"{where}: {rule.strip()}")
        self._require(not re.search(r"\d(rem|vw|vh|ch|ex|fr)\b|calc\(|var\(|url\(", value), f"{where}: {rule.strip()}")


def linted(html: str) -> Linter:
    linter = Linter()
    linter.feed(html)
    linter.close()
    return linter


def digests() -> Iterator[Digest]:
    """Digests that together use every branch of the templates."""
    parts = [
        an_item(measures=MEASURES, body=RICH),
        an_item(must_acknowledge=False, wording=RICH, version_id=12, body=RICH),
        an_item(
            acknowledged_on=date(2026, 5, 3),
            version_id=13,
            title="<script> & 'quotes' \"",
            reason="new_version",
            changed_on=date(2026, 5, 3),
        ),
    ]
    for locale in ("en", "de"):
        yield a_digest(*parts, locale=locale, questions=(QUESTION,))
        yield a_digest(parts[1], locale=locale, person_name='Ana "<i>" O\'Neil')
        yield a_digest(parts[2], locale=locale)


def test_mails_are_well_formed_and_made_only_of_what_the_baseline_lists() -> None:
    for digest in digests():
        linter = linted(html_of(COMPOSER.compose(digest, expires_at=EXPIRES)))
        assert linter.faults == []
        assert ("doctype", "doctype html") in linter.used


def test_the_baseline_lists_nothing_that_is_not_used() -> None:
    used: set[tuple[str, str]] = set()
    for digest in digests():
        used |= linted(html_of(COMPOSER.compose(digest, expires_at=EXPIRES))).used
    listed = {(part, name) for part in ("elements", "inline", "sheet", "media") for name in BASELINE[part]}
    assert sorted(listed - used) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<div><p>x</div></p>", "</div> does not close <p>"),
        ("<p><div>x</div></p>", "<div> inside <p>"),
        ("<div>", "left open"),
        ("<ul><div>x</div></ul>", "<div> inside <ul>"),
        ("<table><tr></tr></table>", "<tr> inside <table>"),
        ("<a href='x'><a href='y'></a></a>", "a link inside a link"),
        ("<p class='a' class='b'></p>", "an attribute twice"),
        ("<p style='display: flex; position: fixed'></p>", "inline: position: fixed"),
        ("<p style='width: calc(1px)'></p>", "calc("),
        ("<p style='font-size: 2rem'></p>", "2rem"),
        ("<img src='x'>", "<img> is not in the baseline"),
        ("<p onclick='x'></p>", "<p onclick"),
        ("<style>@font-face { color: red }</style>", "at-rule"),
        ("<style>@media print { a { color: red } }</style>", "@media print"),
        ("<style>a { float: left }</style>", "sheet: float: left"),
    ],
)
def test_the_linter_finds_what_it_is_for(html: str, fault: str) -> None:
    assert any(fault in found for found in linted(html).faults)


@pytest.mark.parametrize("locale", ["en", "de"])
def test_the_largest_sample_digest_stays_under_40_kB(locale: str) -> None:
    found = [sample_item(statement, number) for number, statement in enumerate(sample_statements())]
    sizes = {n: len(html_of(COMPOSER.compose(a_digest(item, locale=locale), expires_at=EXPIRES))) for n, item in enumerate(found)}
    largest = [found[n] for n in sorted(sizes, key=lambda n: -sizes[n])[:3]]
    mail = COMPOSER.compose(a_digest(*largest, locale=locale, questions=(QUESTION,)), expires_at=EXPIRES)

    assert any(item.measures for item in largest)
    assert len(html_of(mail).encode()) <= 40_000
    assert linted(html_of(mail)).faults == []
    seen = re.sub(r"\s+", " ", text_of(mail))
    for item in largest:
        assert item.title in seen


def test_language_and_direction_are_on_the_page_and_dates_are_the_readers() -> None:
    german = html_of(COMPOSER.compose(a_digest(an_item(acknowledged_on=date(2026, 5, 3)), locale="de-AT"), expires_at=EXPIRES))
    assert '<html lang="de" dir="ltr"' in german
    assert "23. November 2026" in german
    assert "3. Mai 2026" in german


def test_what_the_head_says_of_the_body_holds() -> None:
    html = html_of(COMPOSER.compose(a_digest(), expires_at=EXPIRES))
    assert re.search(r"<body style=\"[^\"]*background-color:#faf8f4", html)
    assert "max-width:584px" in html
