"""Every kind of mail in a real browser: axe finds nothing with every rule on, nothing is too wide, and pictures are kept to look at.

axe runs in one page for all mails. Rules that axe itself calls deprecated are left out; those it has switched off
(contrast of 7:1, the size of targets) and its best practices and experiments are in.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.rendering.mail_kinds import LANGUAGES, mails
from tests.rendering.sample_company import sample_item, sample_question, sample_statements
from tests.rendering.samples import EXPIRES, a_digest, email_composer, html_of

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
#: returns what breaks a rule, and where axe could not tell the contrast
RUN_AXE = """async () => {
  const deprecated = new Set(axe.getRules(["deprecated"]).map((rule) => rule.ruleId));
  const wanted = axe.getRules().filter((rule) => !deprecated.has(rule.ruleId));
  const rules = Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: !deprecated.has(ruleId) }]));
  const found = await axe.run({ rules, resultTypes: ["violations", "incomplete"] });
  const undecided = found.incomplete.filter((one) => one.id.startsWith("color-contrast"));
  const told = [...found.violations, ...undecided].map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
  return { told, ran: wanted.length };
}"""
#: the size of every link that stands alone, and whether it is a button or an answer
TARGETS = """() => [...document.querySelectorAll("td[role=presentation] > a, .ask a")].map((a) => {
  const box = (a.closest("td[role=presentation][bgcolor]") ?? a).getBoundingClientRect();
  return [a.textContent, box.width, box.height];
})"""
SCHEMES = ("light", "dark")
WIDTHS = (320, 600, 1200)
#: CSS pixels that a finger hits (WCAG 2.2, 2.5.5)
FINGER = 44
#: CSS pixels of one screen of a phone that is 390 wide
PHONE = 844
#: pictures to look at; git ignores them
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
PICTURED = ("digest", "hard", "scoreboard", "reasons", "opening", "preview")


@pytest.fixture(scope="module")
def mail_page(browser: Browser) -> Iterator[Page]:
    """One page for all mails."""
    context = browser.new_context(viewport={"width": 600, "height": 900})
    yield context.new_page()
    context.close()


def show(page: Page, html: str, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content(html)


def run_axe(page: Page) -> dict[str, Any]:
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(RUN_AXE)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_any_mail_with_every_rule_on(mail_page: Page, scheme: str) -> None:
    told = {}
    for name, html in mails().items():
        show(mail_page, html, scheme, 600)
        found = run_axe(mail_page)
        assert found["ran"] >= 100
        if found["told"]:
            told[name] = found["told"]
    assert told == {}
    background = mail_page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(23, 25, 28)") == (scheme == "dark")


@pytest.mark.parametrize(
    ("planted", "by", "rule"),
    [
        ('<div role="main">', "<div>", "landmark-one-main"),
        ('<div role="main">', "<div>", "region"),
        ('<html lang="en"', "<html", "html-has-lang"),
        ("<title>Wetherby Gauges</title>", "", "document-title"),
        ("<h1", "<h1 hidden", "page-has-heading-one"),
        ("<h2", "<h4", "heading-order"),
        ("color: #184f48", "color: #d9d4c8", "color-contrast"),
        ("#4d5259", "#5a5f66", "color-contrast-enhanced"),
        ("padding: 11px 0;", "padding: 0; font-size: 8px; line-height: 8px;", "target-size"),
        (">Still unclear</a>", "></a>", "link-name"),
    ],
)
def test_axe_finds_what_is_planted(mail_page: Page, planted: str, by: str, rule: str) -> None:
    html = mails()["digest-en"]
    assert planted in html
    show(mail_page, html.replace(planted, by), "light", 600)
    assert [one for one in run_axe(mail_page)["told"] if one.startswith(f"{rule}:")]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_mail_is_too_wide_and_every_button_is_as_large_as_a_finger(mail_page: Page, width: int) -> None:
    """Pictures of the main mails are kept in tests/artifacts."""
    ARTIFACTS.mkdir(exist_ok=True)
    too_wide, too_small, targets = {}, {}, 0
    for name, html in mails().items():
        is_pictured = name.rpartition("-")[0] in PICTURED
        for scheme in SCHEMES if is_pictured else SCHEMES[:1]:
            show(mail_page, html, scheme, width)
            if is_pictured:
                mail_page.screenshot(path=ARTIFACTS / f"{name}-{width}-{scheme}.png", full_page=True)
        if (by := int(mail_page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))) > 0:
            too_wide[name] = by
        found = mail_page.evaluate(TARGETS)
        targets += len(found)
        if small := [one for one in found if min(one[1:]) < FINGER]:
            too_small[name] = small
    assert too_wide == {}
    assert too_small == {}
    assert targets >= 20 * len(LANGUAGES)
    for name in PICTURED:
        for scheme in SCHEMES:
            assert (ARTIFACTS / f"{name}-de-{width}-{scheme}.png").stat().st_size > 5_000


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_three_statements_and_a_question_are_at_most_two_screens_of_a_phone(mail_page: Page, locale: str, scheme: str) -> None:
    """Each statement of the sample company leads once, in its longest wording; the others and the question are the longest there are."""
    composer, found = email_composer(), list(sample_statements())
    others = sorted(found, key=lambda one: len(one.title) + len(one.brief or one.body))[-3:]
    asked = max(found, key=lambda one: sum(map(len, (one.title, one.right_answer, *one.near_misses[:3]))))
    heights = {}
    for lead in found:
        two = [one for one in others if one is not lead][:2]
        items = [sample_item(one, number) for number, one in enumerate((lead, *two))]
        digest = a_digest(*items, locale=locale, questions=(sample_question(asked),))
        show(mail_page, html_of(composer.compose(digest, expires_at=EXPIRES)), scheme, 390)
        heights[lead.title] = int(mail_page.evaluate("document.documentElement.scrollHeight"))
    assert {title: height for title, height in heights.items() if height > 2 * PHONE} == {}
    assert max(heights.values()) > PHONE
