"""Writing a statement on pages, without JavaScript: four steps, the hold, approval, what others saved meanwhile, retire and undo."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.identity.permissions import Role
from cadence.operations.authoring.hold import publish_held
from cadence.operations.authoring.import_statements import show_statement
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NEAR_MISSES, RIGHT_LINE, a_person
from tests.web.conftest import TestClient

LINES = {"right": RIGHT_LINE, **{f"near{n}": line for n, line in enumerate(NEAR_MISSES, 1)}}
BODY = "Whoever finds it mends it, because rivers do not wait."


def _base(leader: TestClient, path: str) -> str:
    found = re.search(r'name="base" value="(\w+)"', leader.get(path).text)
    assert found
    return found[1]


def _post(leader: TestClient, path: str, **fields: str) -> str:
    """Send a form that was opened just now; return where it leads."""
    answer = leader.post(path, data={"base": _base(leader, path), **fields}, follow_redirects=False)
    assert answer.status_code == 303, unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return str(answer.headers["location"])


def _begin(leader: TestClient, title: str = "Mend on the day") -> str:
    answer = leader.post("/write", data={"title": title, "text": BODY, "kind": "value"}, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"]).partition("/words")[0]


def test_a_leader_writes_publishes_takes_back_and_retires(context: SiteContext, clock: FixedClock, leader: TestClient) -> None:
    a_person(context.database)
    assert "Say your first sentence" in leader.get("/write").text
    draft = _begin(leader)
    words = leader.get(f"{draft}/words").text
    assert "Mend on the day" in words
    assert words.count(BODY) >= 3  # in the box, in the mail and in Slack
    assert _post(leader, f"{draft}/words", title="Mend on the day", text=BODY, kind="value") == f"{draft}/question"
    assert _post(leader, f"{draft}/words", title="Mend on the day", text=BODY, add="1", name="A story") == f"{draft}/words?wording=a-story"
    assert _post(leader, f"{draft}/words?wording=a-story", wording="a-story", text="One night in May a keeper mended it.", keep="1")
    checked = leader.post(f"{draft}/words", data={"wording": "a-story", "text": "Tomorrow <b>we</b> win.", "check": "1"}).text
    assert "Tomorrow &lt;b&gt;we&lt;/b&gt; win." in checked
    assert "One night in May" in leader.get(f"{draft}/words?wording=a-story").text
    assert leader.get(f"{draft}/mail").headers["content-security-policy"].endswith("sandbox")

    near = leader.post(f"{draft}/question", data={**LINES, "right": BODY, "check": "1"}).text
    assert "Stands word for word in the text" in near
    assert _post(leader, f"{draft}/question", **LINES) == f"{draft}/people"
    people = leader.get(f"{draft}/people").text
    assert "Everyone (one person)" in people
    assert "What will happen" in people
    answer = leader.post(f"{draft}/people", data={"when": "date", "effective": "soon", "publish": "1"})
    assert answer.status_code == 422
    assert "soon" in answer.text
    people_form = {"audience": "everyone", "when": "next", "confirm": "yes", "acknowledge_by": "2026-12-18", "publish": "1"}
    assert _post(leader, f"{draft}/people", **people_form) == draft
    held = leader.get(draft)
    assert "It goes live at 10:10." in held.text
    assert leader.post(f"{draft}/take-back").url.path == f"{draft}/words"
    assert _post(leader, f"{draft}/people", **people_form) == draft
    clock.set(clock.now() + timedelta(minutes=10))
    assert publish_held(context.database, now=clock.now()) == 1
    assert leader.get(draft).url.path == "/statements/mend-on-the-day"
    with context.database.read() as connection:
        stored = show_statement(connection, "mend-on-the-day")
    assert [name for name, _ in stored.wordings] == ["plain", "a-story"]
    assert (stored.must_acknowledge, str(stored.acknowledge_by)) == (True, "2026-12-18")

    change = leader.post("/write", data={"slug": "mend-on-the-day"}, follow_redirects=False).headers["location"]
    _post(leader, f"{change}/words", title="Mend on the day", text="Whoever finds it mends it, as rivers do not wait.", keep="1")
    both = leader.get(f"{change}/changes").text
    assert "<del>because </del>" in both
    assert "<ins>as </ins>" in both
    assert 'value="same" checked' in both
    assert _post(leader, f"{change}/changes", material="same", changed="Shorter.") == f"{change}/people"

    gone = leader.post("/statements/mend-on-the-day/retire")
    assert "Bring it back" in gone.text
    assert leader.post("/statements/mend-on-the-day/bring-back").url.path == "/statements/mend-on-the-day"


def test_what_somebody_else_saved_is_shown_beside_what_was_typed(leader: TestClient) -> None:
    draft = _begin(leader)
    mine = _base(leader, f"{draft}/words")
    _post(leader, f"{draft}/words", title="Mend on the day", text="Theirs.", keep="1")
    answer = leader.post(f"{draft}/words", data={"base": mine, "title": "Mend on the day", "text": "Mine.", "keep": "1"})
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert ">Mine.</textarea>" in answer.text
    again = re.search(r'name="base" value="(\w+)"', answer.text)
    assert again
    leader.post(f"{draft}/words", data={"base": again[1], "title": "Mend on the day", "text": "Mine.", "keep": "1"})
    assert ">Mine.</textarea>" in leader.get(f"{draft}/words").text
    dropped = leader.post(f"{draft}/discard")
    assert "The draft is gone." in dropped.text
    assert leader.get(f"{draft}/words").status_code == 404
    assert leader.post(f"{draft}/restore").url.path == f"{draft}/words"


def test_an_author_asks_a_leader_who_sends_back_then_approves(context: SiteContext, clock: FixedClock, leader: TestClient) -> None:
    now, database = clock.now(), context.database
    draft = _begin(leader)
    _post(leader, f"{draft}/question", **LINES)
    assert 'value="one" checked' in leader.post("/approval", data={"approval": "one"}).text
    leader.post("/approval", data={"approval": "none"})
    make_account(database, [Role.ADMIN], now=now, email="admin@example.com")
    author = make_account(database, [Role.AUTHOR], now=now, email="sian@example.com", name="Siân Corbett")
    boss = make_account(database, [Role.LEADER], now=now, email="helen@example.com", name="Helen Mostyn")
    leader.auth = None
    leader.cookies.clear()
    leader.cookies.update(sign_in(database, author, now=now))
    assert leader.post(f"{draft}/approve", data={}).status_code == 404
    refused = leader.post(f"{draft}/people", data={"base": _base(leader, f"{draft}/people"), "publish": "1"}, follow_redirects=False)
    assert refused.headers["location"].startswith("/statements?view=drafts")  # kept, not published
    assert "Ask Helen Mostyn to approve" in leader.get(f"{draft}/people").text
    assert _post(leader, f"{draft}/people", audience="everyone", ask="1", note="Ines asked for it", signed_by="helen@example.com") == draft
    assert "Waiting for Helen Mostyn" in leader.get(draft).text

    leader.cookies.clear()
    leader.cookies.update(sign_in(database, boss, now=now, token="helen one"))
    shown = leader.get(draft).text
    assert "Ines asked for it" in shown
    mark = re.search(r'name="mark" value="(\w+)"', shown)
    assert mark
    assert leader.post(f"{draft}/approve", data={"mark": mark[1], "back": "1", "note": ""}).status_code == 422
    leader.post(f"{draft}/approve", data={"mark": mark[1], "back": "1", "note": "Say why."})
    assert "Say why." in leader.get(f"{draft}/approve").text
    assert leader.post(f"{draft}/approve", data={"mark": mark[1]}).status_code == 409
    leader.cookies.clear()
    leader.cookies.update(sign_in(database, author, now=now, token="again"))
    _post(leader, f"{draft}/people", audience="everyone", ask="1", note="Said", signed_by="helen@example.com")
    leader.cookies.clear()
    leader.cookies.update(sign_in(database, boss, now=now, token="helen again"))
    assert leader.post(f"{draft}/approve", data={"mark": mark[1]}).url.path == f"{draft}/live"
    clock.set(now + timedelta(minutes=10))
    publish_held(database, now=clock.now())
    with database.read() as connection:
        assert show_statement(connection, "mend-on-the-day").signed_by == "helen@example.com"
    given = leader.post("/hand-over", data={"give-mend-on-the-day": "1", "signed_by": ""})
    assert "Done." in given.text
    with database.read() as connection:
        assert show_statement(connection, "mend-on-the-day").signed_by == ""


SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><script>alert(1)</script>",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "![x](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "{{7*7}}",
    "{% raw %}",
    "${alert(1)}",
    "<style>@import 'javascript:alert(1)'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<object data=x>",
    "<embed src=x>",
    "<form action=//evil.example><button>",
    "<input autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr<script>ipt>alert(1)</script>",
    "x' onmouseover='alert(1)",
    'x" onmouseover="alert(1)',
    "<!--><script>alert(1)</script>-->",
)


class _Tags(HTMLParser):
    """Notes every tag and attribute that could run something or lead elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("iframe", "object", "embed", "base", "style", "math", "img") or "http-equiv" in given:
            self.live.append(tag)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.live.append(tag)
        self.live += [f"{tag} {name}" for name in given if name.startswith("on") or name in ("style", "autofocus")]
        for name in ("href", "action", "src", "formaction", "hx-post"):
            if not (given.get(name) or "/").startswith(("/", "#", "data:,", "?")) or (given.get(name) or "").startswith("//"):
                self.live.append(f"{tag} {name}={given[name]}")


@pytest.mark.databases("sqlite")
def test_no_script_in_any_field_runs_on_any_page_of_a_draft(leader: TestClient) -> None:
    """Each draft holds another of them in each of its fields."""
    for place in range(0, len(SCRIPTS), 5):
        title, text, story, right, near = SCRIPTS[place : place + 5]
        draft = _begin(leader, title)
        _post(leader, f"{draft}/words", title=title, text=text, kind="value", brief=near, keep="1")
        _post(leader, f"{draft}/words", title=title, text=text, add="1", name="story")
        _post(leader, f"{draft}/words?wording=story", wording="story", text=story, keep="1")
        _post(leader, f"{draft}/question", right=right, near1=near, near2=title, near3=text, keep="1")
        _post(leader, f"{draft}/changes", changed=right, keep="1")
        steps = ("words", "words?wording=story", "question", "changes", "people", "approve")
        for page in [*(f"{draft}/{step}" for step in steps), "/write", "/statements?view=drafts"]:
            answer = leader.get(page)
            assert answer.status_code == 200, (page, place)
            tags = _Tags()
            tags.feed(answer.text)
            assert (tags.live, ">49<" in answer.text) == ([], False), (page, place)
