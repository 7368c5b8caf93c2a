"""Nothing an author wrote disappears: in mail and pages (HTML), plain text and Slack, for CommonMark's own examples and others."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from cadence.demo import mrkdwn
from cadence.files.statement_md import parse_statement
from cadence.files.toml_tables import InvalidFile
from cadence.rendering.markdown import to_html, to_mrkdwn, to_text

SPECIFICATION = Path(__file__).parents[2] / "node_modules" / "commonmark-spec" / "spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n([\s\S]*?)^\.\n[\s\S]*?^`{32}$", re.MULTILINE)
#: the name by which a link and its definition find each other is no word for a reader
LABEL = re.compile(r"(?<=\])\[((?:[^\[\]\\]|\\.)*)\]|^ {0,3}(?:> ?)*\[((?:[^\[\]\\]|\\.)+)\]:", re.MULTILINE)


def words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W_]+", unquote(text))}


def missing(source: str, shown: str) -> set[str]:
    """Return the words of ``source`` that ``shown`` lacks; a word may stand inside another (un**believ**able)."""
    whole = "".join(re.findall(r"[^\W_]+", unquote(shown) + " " + unquote(unescape(shown)))).casefold()
    labels = {word for match in LABEL.finditer(source) for word in words(match[1] or match[2] or "")}
    # the name of an entity is no word either
    return {word for word in (words(source) & words(unescape(source))) - labels if word.lstrip("0") not in whole}


def visible(html: str) -> str:
    """Return the text of a page with the addresses its links lead to and the numbers of its lists."""
    numbered = re.sub(r"<ol(?: start=\"(\d+)\")?>", lambda ol: "".join(f" {int(ol[1] or 1) + n} " for n in range(12)), html)
    linked = re.sub(r"<a href=\"([^\"]*)\">", r" \1 ", numbered)
    return re.sub(r"</?(?:em|strong|code)>", "", linked).replace("<", " <")


def examples() -> list[str]:
    text = SPECIFICATION.read_text(encoding="utf-8")
    return [found[1].replace("→", "\t") for found in EXAMPLE.finditer(text[: text.index("<!-- END TESTS -->")])]


def test_all_examples_of_the_specification_are_read() -> None:
    assert len(examples()) == 652


@pytest.mark.parametrize("render", [lambda s: visible(to_html(s)), to_text, to_mrkdwn], ids=["html", "text", "slack"])
def test_every_word_of_the_specification_s_examples_is_shown(render: object) -> None:
    assert callable(render)
    lost = {source: gone for source in examples() if (gone := missing(source, render(source)))}
    assert lost == {}


def test_an_example_is_imported_or_refused_by_its_line() -> None:
    for source in examples():
        problems: list[str] = []
        try:
            parse_statement(b'+++\ntitle = "T"\n+++\n' + source.encode(), name="values/x.md")
        except InvalidFile as refused:
            problems = [str(problem) for problem in refused.problems]
        assert all("values/x.md, line " in problem for problem in problems), source


SHOWN = {
    "a definition that nothing uses": ("[Owner]: Ana\n\n[Deadline]: 2026-12-31\n\nMore soon.", "[Owner]: Ana"),
    "a definition alone": ("[Goal]: 99.5%", "[Goal]: 99.5%"),
    "a definition in a list": ("- [Goal]: 99.5%\n- x", "[Goal]: 99.5%"),
    "a definition in a quote": ("> [Goal]: 99.5%", "[Goal]: 99.5%"),
    "a definition over two lines": ("[Goal]:\n  99.5%", "99.5%"),
    "the second of two definitions": ("[a]\n\n[a]: https://a.example\n[a]: https://b.example", "https://b.example"),
    "a footnote of one word": ("We grew 12%[^1].\n\n[^1]: Unaudited.", "Unaudited."),
    "a footnote with a name": ("We grew[^note].\n\n[^note]: /audit", "/audit"),
    "a bare address": ("Read https://example.com/_a_/b today", "https://example.com/_a_/b"),
    "a bare address with stars": ("See https://example.com/*a*/b.", "https://example.com/*a*/b"),
    "a bare address without a scheme": ("and www.example.com/_a_/b today", "www.example.com/_a_/b"),
    "a bare address in brackets": ("(see https://example.com/a_(b)_c)", "https://example.com/a_(b)_c"),
    "an apostrophe in an address": ("[law](https://en.wikipedia.org/wiki/Moore's_law)", "https://en.wikipedia.org/wiki/Moore%27s_law"),
    "a target that may not be followed": ("[the drive](file:///plans/2027)", "file:///plans/2027"),
    "a target inside the company": ("[wiki](/wiki/plan)", "/wiki/plan"),
    "a link without words": ("[](https://example.com/plan)", "https://example.com/plan"),
    "the title of a link": ('[plan](https://example.com "The whole plan")', "“The whole plan”"),
    "the title of an image": ('![map](https://example.com/m.png "From above")', "“From above”"),
    "the language of code": ("```python\nrun()\n```", "python:"),
    "words after a language": ("~~~ sh for admins\nls\n~~~", "sh for admins:"),
    "a table": ("| Goal | Owner |\n|---|---|\n| Ship | Ana |", "| Ship | Ana |"),
}


@pytest.mark.parametrize(("source", "wanted"), SHOWN.values(), ids=SHOWN.keys())
def test_what_an_author_wrote_is_shown(source: str, wanted: str) -> None:
    assert wanted in to_text(source)
    assert wanted.replace("_", "").replace("*", "") in unescape(to_mrkdwn(source)).replace("\u2060", "").replace("_", "").replace("*", "")
    assert missing(source, visible(to_html(source))) == set()


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("| Goal | Owner |\n|---|---|\n| Ship | Ana |\n| Hire | Bo |", 4),
        ("•\tFirst\n•\tSecond\n•\tThird\n\nBest,\nAda", 6),
        ("– one\n– two", 2),
        ("▪ one\n▪ two\n▪ three", 3),
    ],
)
def test_a_pasted_table_or_list_keeps_its_lines(source: str, lines: int) -> None:
    assert len(to_text(source).split("\n")) == lines
    assert len(to_mrkdwn(source).split("\n")) == lines
    assert to_html(source).count("<br>") + to_html(source).count("<p>") == lines - source.count("\n\n")


@pytest.mark.parametrize(
    "source",
    [
        "Marked \\*not bold\\*, \\_not italic\\_, ~not struck~ and \\`not code\\`.",
        "\\> 5% growth",
        "We need 1:100:5 and :wave: nothing else.",
        "2 * 3 * 4 and a_b_c and ~5 to ~6",
        "これは**重要**です。un**believ**able",
        "## **Our promise**",
        "## A *new* promise, `kept`",
        "**私たち**は",
    ],
)
def test_slack_shows_marks_only_where_the_author_meant_them(source: str) -> None:
    """Judged by the rules of Slack's mrkdwn as the demo's stand-in draws it."""
    drawn = str(mrkdwn.to_html(to_mrkdwn(source)))
    seen = unescape(re.sub(r"<[^>]*>", "", drawn)).replace("\u2060", "").replace("\u200a", "")
    assert seen.replace("\n", " ") == to_text(source).replace("\n", " ")
    assert "<blockquote>" not in drawn
    assert not source.startswith("Marked") or not re.search(r"<(?:strong|em|s|code)>", drawn)
    assert not source.startswith("## **") or "<strong>Our promise</strong>" in drawn
    assert not re.search(r"(?<!\w):[a-z0-9]+:", to_mrkdwn(source))


REFUSED = {
    "an override as an entity": "Pay &#x202E;001 EUR&#x202C; now",
    "an isolate as a number": "Pay &#8295;now",
    "a zero-width text as entities": "&#8203;&zwnj;&zwj;",
    "a space as an entity": "&nbsp;",
    "only an invisible letter": "&#12644;",
    "an empty code block": "```\n```",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_when_typed_is_refused_as_an_entity(body: str) -> None:
    with pytest.raises(InvalidFile, match=r"values/x\.md, line \d: body"):
        parse_statement(f'+++\ntitle = "T"\n+++\n{body}\n'.encode(), name="values/x.md")


@pytest.mark.parametrize(
    "sentence",
    ["私たちは約束を守ります。", "เราทำตามสัญญา", "ພວກເຮົາຮັກສາສັນຍາ", "យើងរក្សាការសន្យា", "우리는약속을지킵니다。"],
    ids=["ja", "th", "lo", "km", "ko"],
)
def test_a_script_without_spaces_has_no_longest_word(sentence: str) -> None:
    statement = parse_statement(f'+++\ntitle = "T"\n+++\n{sentence * 35}\n'.encode(), name="values/x.md")
    assert statement.body == sentence * 35


HEADINGS = {
    "code in one line is no fence": (
        "```make test``` runs it.\n\n## Wording: story\n\nS.\n\n## Wording: question\n\nWhy?",
        ["story", "question"],
    ),
    "a heading in bold": ("The body.\n\n## **Wording: story**\n\nS.", ["story"]),
    "a heading that is underlined": ("The body.\n\nWording: story\n---\n\nS.", ["story"]),
    "a heading that is closed": ("The body.\n\n## Wording: story ##\n\nS.", ["story"]),
    "a heading in a fence": ("The body.\n\n~~~\n## Wording: story\n~~~\n", ["plain"]),
    "a fence that a shorter one does not close": ("````\n```\n## Wording: story\n````\n\n## Wording: short\n\nS.", ["short"]),
}


@pytest.mark.parametrize(("body", "names"), HEADINGS.values(), ids=HEADINGS.keys())
def test_wordings_are_found_as_commonmark_reads_them(body: str, names: list[str]) -> None:
    statement = parse_statement(f'+++\ntitle = "T"\n+++\n{body}\n'.encode(), name="values/x.md")
    assert [wording.name for wording in statement.wordings] == names


@pytest.mark.parametrize(
    "heading",
    ["# Wording: story", "### Wording: story", "> ## Wording: story", "- ## Wording: story", "##Wording: story", "## Wordings: story"],
)
def test_a_heading_that_looks_like_a_wording_and_is_none_is_refused_by_its_line(heading: str) -> None:
    with pytest.raises(InvalidFile, match=r"line 6: wording = .*looks like the heading of a wording"):
        parse_statement(f'+++\ntitle = "T"\n+++\nBody.\n\n{heading}\n\nS.\n'.encode(), name="values/x.md")


def test_a_file_that_is_no_statement_is_not_quoted() -> None:
    for secret in (b"root:x:0:0:secret:/root\n", b"secret \x00 secret", b"-----BEGIN secret KEY-----"):
        with pytest.raises(InvalidFile) as refused:
            parse_statement(secret, name="values/x.md")
        assert "secret" not in str(refused.value)
