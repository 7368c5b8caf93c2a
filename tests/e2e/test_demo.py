"""The demo as its first visitor uses it: three links, real buttons, a report that changes, and Ctrl-C."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import RunningDemo, get

LOCAL_TIME = re.compile(r"\d{1,2} [A-Z][a-z]{2,3} \d{4} \d{2}:\d{2} \([A-Z]\w+/[\w/]+\)")
BUTTON = "I have read this"


def test_the_printed_links_lead_to_the_report_the_inbox_and_slack(demo: RunningDemo, page: Page) -> None:
    assert any(re.match(r"Ready after \d", line) for line in demo.printed)
    page.goto(demo.web)
    expect(page.get_by_role("heading", level=1)).to_contain_text("in 100 people")
    page.goto(demo.inbox)
    expect(page.get_by_role("heading", level=1)).to_contain_text("All mail")
    page.goto(demo.slack)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Direct messages")


def test_a_digest_is_read_and_acknowledged_and_the_report_rises_by_one(demo: RunningDemo, page: Page) -> None:
    asking = demo.mail_that_asks()  # before the inbox is opened: mails come in while one looks at it
    page.goto(demo.inbox)
    page.locator(f'a[href="{urlsplit(asking).path}"]').first.click()
    name = page.locator(".facts dd").nth(1).inner_text().partition(" <")[0]
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="I have read this").first.click()
    statement = opened.value
    title = statement.get_by_role("heading", level=1).inner_text()
    expect(statement.locator("main")).to_contain_text(f"{name} says: I have read this.")
    before = demo.acknowledged(title)
    statement.get_by_role("button", name=BUTTON).click()

    expect(statement.get_by_role("status")).to_contain_text(f"We have recorded that you read “{title}”")
    expect(statement.get_by_role("status")).to_contain_text(LOCAL_TIME)
    first = _moment(statement)
    assert demo.acknowledged(title) == before + 1

    statement.reload()
    expect(statement.get_by_role("status")).to_contain_text("You had already acknowledged")
    assert _moment(statement) == first
    assert demo.acknowledged(title) == before + 1

    page.goto(demo.web)
    page.get_by_role("link", name=title).first.click()
    shown = page.get_by_role("img", name=re.compile(f"^Acknowledged {before + 1} of"))
    for _ in range(60):  # a report that was slow to count is shown again for a while
        if shown.count():
            break
        page.reload()
    expect(shown).to_be_visible()


def test_the_keyboard_alone_is_enough(demo: RunningDemo, page: Page) -> None:
    page.goto(demo.acknowledge_link())
    title = page.get_by_role("heading", level=1).inner_text()
    before = demo.acknowledged(title)
    _tab_to(page, page.get_by_role("button", name=BUTTON))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have recorded")
    assert demo.acknowledged(title) == before + 1


def test_a_scanner_that_opens_the_link_fifty_times_records_nothing(demo: RunningDemo, page: Page) -> None:
    link = demo.acknowledge_link()
    page.goto(link)
    title = page.get_by_role("heading", level=1).inner_text()
    before = demo.acknowledged(title)
    assert all(BUTTON in get(link) for _ in range(50))
    assert demo.acknowledged(title) == before


def test_two_tabs_of_one_link_record_one_acknowledgement(demo: RunningDemo, page: Page) -> None:
    link = demo.acknowledge_link()
    other = page.context.new_page()
    page.goto(link)
    other.goto(link)
    title = page.get_by_role("heading", level=1).inner_text()
    before = demo.acknowledged(title)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("status")).to_contain_text("We have recorded")
    other.get_by_role("button", name=BUTTON).click()
    expect(other.get_by_role("status")).to_contain_text("You had already acknowledged")
    assert _moment(other) == _moment(page)
    assert demo.acknowledged(title) == before + 1


def test_a_press_in_slack_changes_the_message_itself(demo: RunningDemo, page: Page) -> None:
    asked = demo.messages_that_ask()
    page.goto(demo.slack)
    page.locator(f'a[href="{urlsplit(asked).path}"]').click()
    buttons = page.get_by_role("button", name="I have read")
    asking, shown = buttons.count(), buttons.first
    title = (shown.get_attribute("aria-label") or "").split("“")[1].rstrip("”")
    place = shown.locator("xpath=ancestor::article").get_attribute("id")
    before = demo.acknowledged(title)
    shown.click()

    changed = page.locator(f'[id="{place}"]')
    expect(changed).to_contain_text("(changed)")
    expect(changed).to_contain_text(re.compile("acknowledged", re.IGNORECASE))
    expect(buttons).to_have_count(asking - 1)
    assert demo.acknowledged(title) == before + 1


def test_preferences_are_kept_undone_and_explained(demo: RunningDemo, page: Page) -> None:
    link = demo.preferences_link()
    page.goto(link)
    name = page.locator(".eyebrow").inner_text()
    until = datetime.now(UTC).date() + timedelta(days=30)
    page.get_by_label("Email").check()
    page.get_by_label("No messages before this day").fill(until.isoformat())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your choices are saved.")
    expect(page.get_by_text("Paused until")).to_contain_text(LOCAL_TIME)

    page.goto(link)
    expect(page.get_by_label("Email")).to_be_checked()
    expect(page.get_by_label("No messages before this day")).to_have_value(until.isoformat())
    page.goto(_explanation(demo, name))
    facts = page.locator("main")
    expect(facts).to_contain_text(re.compile(rf"paused.*{until.strftime('%d %b %Y')}", re.IGNORECASE))

    page.goto(link)
    page.get_by_label("Company default").check()
    page.get_by_label("No messages before this day").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your choices are saved.")
    expect(page.get_by_text("Paused until")).to_have_count(0)
    page.goto(_explanation(demo, name))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(facts).not_to_contain_text(re.compile("paused", re.IGNORECASE))


@pytest.mark.parametrize("left_alone", [True, False], ids=["until everybody had a turn", "while they press"])
def test_people_answer_by_themselves_and_ctrl_c_stops_them_too(
    start_demo: Callable[..., RunningDemo], tmp_path: Path, page: Page, left_alone: bool
) -> None:
    running = start_demo(tmp_path / "var", answers=True)
    if left_alone:
        _look_at_the_answers(running, page)
    assert running.stop() == 0
    assert running.printed[-1] == "Stopped."
    assert any("people have answered" in line for line in running.printed) == left_alone
    for address in (running.web, running.inbox, running.slack):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", urlsplit(address).port))
    assert "Traceback" not in (tmp_path / "var.stderr").read_text()


def _look_at_the_answers(demo: RunningDemo, page: Page) -> None:
    said = demo.wait_for(r"(\d+) of 240 people have answered: (\d+) acknow.*, (\d+) checks .*, (\d+) questions", seconds=300)
    people, acknowledgements, checks, questions = (int(number) for number in said.groups())
    report = demo.report()
    # the weeks that were played before count too
    assert sum(line.acknowledged.n for line in report.statements if line.acknowledged) > acknowledgements > 5
    assert checks > 20
    assert people < 240
    page.goto(demo.web)
    waiting = page.get_by_role("link", name=re.compile("questions? (is|are) waiting for an answer")).inner_text()
    assert 0 < int(waiting.split()[0]) <= questions
    page.goto(demo.slack)
    changed = next(path for path in re.findall(r'href="(/dm/[A-Z0-9]+)"', page.content()) if "(changed)" in get(demo.slack + path))
    page.goto(demo.slack + changed)
    expect(page.get_by_text("(changed)").first).to_be_visible()


def _moment(page: Page) -> str:
    return page.get_by_role("status").locator("time").get_attribute("datetime") or ""


def _tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def _explanation(demo: RunningDemo, name: str) -> str:
    found = re.search(rf'href="(/dm/[A-Z0-9]+)">\s*<span class="who">{re.escape(name)}<', get(f"{demo.slack}/"))
    assert found
    email = re.search(r"<small>([^<]+)</small>", get(demo.slack + found[1]))
    assert email
    return f"{demo.web}/explain?email={quote(email[1])}"
