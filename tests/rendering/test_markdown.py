"""Statement text in its three renderings, with friendly and with hostile input."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cadence.rendering.markdown import mrkdwn_escape, safe_href, slack_length, split_mrkdwn, to_html, to_mrkdwn, to_text

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
MARKS = st.text(st.sampled_from("ab *_`[]()<>!#|-+1.\n\\&:/@~="), max_size=120)


@pytest.mark.parametrize(
    ("source", "html", "text", "mrkdwn"),
    [
        ("one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>", "one two\n\nthree", "one two\n\nthree"),
        ("**a** _b_ `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>", "a b c", "*a* _b_ `c`"),
        ("# Big\ntext", "<h3>Big</h3>\n<p>text</p>", "Big\n\ntext", "*Big*\n\ntext"),
        (
            "[site](https://a.example/x?b=1&c=2)",
            '<p><a href="https://a.example/x?b=1&amp;c=2">site</a></p>',
            "site (https://a.example/x?b=1&c=2)",
            "<https://a.example/x?b=1&amp;c=2|site>",
        ),
        ("<https://a.example/>", '<p><a href="https://a.example/">https://a.example/</a></p>', "https://a.example/", "<https://a.example/|https://a.example/>"),
        ("[mail](mailto:a@b.example)", '<p><a href="mailto:a@b.example">mail</a></p>', "mail (a@b.example)", "<mailto:a@b.example|mail>"),
        ("- a\n- b\n  1. c\n  2. d", None, "- a\n- b\n  1. c\n  2. d", "• a\n• b\n  1. c\n  2. d"),
        ("3. a\n\n4. b", None, "3. a\n\n4. b", "3. a\n\n4. b"),
        ("> a\n> b", "<blockquote><p>a\nb</p>\n</blockquote>", "> a b", "> a b"),
        ("    x < y", "<pre><code>x &lt; y\n</code></pre>", "    x < y", "```\nx &lt; y\n```"),
        ("a  \nb", "<p>a<br>\nb</p>", "a\nb", "a\nb"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>", "a\n\n———\n\nb", "a\n\n———\n\nb"),
    ],
)  # fmt: skip
def test_each_mark_in_its_three_renderings(source: str, html: str | None, text: str, mrkdwn: str) -> None:
    if html is not None:
        assert to_html(source) == html
    assert to_text(source) == text
    assert to_mrkdwn(source) == mrkdwn


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "http://plain.example", "//evil.example", "/path",
        "https://ok.example@evil.example/", "https://user:pw@evil.example", "https:evil.example", "https:/evil.example", "https://", "#x",
        "https:\\\\evil.example", "https://[::1", "https://a.example:99999", "mailto:", "mailto:x", "mailto://a@b", "slack://x", "ftp://a.example",
        "", "https://a.example/" + "x" * 2000, "https://a.example|b.example", "/%09/evil.example",
    ],
)  # fmt: skip
def test_link_that_is_not_plain_https_or_mailto_is_never_a_link(url: str) -> None:
    assert safe_href(url) == ""
    assert "href" not in to_html(f"[x](<{url}>)")
    assert "<" not in to_mrkdwn(f"[x]({url})").replace("&lt;", "")


@pytest.mark.parametrize(
    "url", ["https://a.example/\u202egpj", "https://a.example/ x", "https://a.example/\n", "https://a.example/<x>", "https://a\x00"]
)
def test_link_with_characters_that_hide_or_break_is_not_safe_as_it_is(url: str) -> None:
    assert safe_href(url) == ""


@pytest.mark.parametrize(
    "source",
    [
        "<img src=http://t.example/1.gif>", "<script>x</script>", "</script>", "]]>", "-->", "<form action=//e><input>", "<base href=//e>",
        '<meta http-equiv="refresh" content="0">', "<svg><style><img src=x onerror=x></style></svg>", "<math><mtext></form><form>",
        "<x oncontentvisibilityautostatechange=alert(1)>", "<style>@import url(//e)</style>",
        "<div style=\"background:url('//e')\">", "<!--x-->",
        "![t](http://t.example/1.gif)", "![t](https://t.example/1.gif)",
    ],
)  # fmt: skip
def test_html_stays_text_and_nothing_remote_is_loaded(source: str) -> None:
    html = to_html(source)
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"p", "a"}
    assert " src" not in re.sub(r">[^<]*<", "><", html)


@pytest.mark.parametrize(
    "source", ["<!channel>", "<!here>", "<!everyone>", "<@U123>", "<#C1>", "<!subteam^S1>", "<https://evil.example|https://corp.example>"]
)
def test_slack_markup_in_a_statement_notifies_nobody(source: str) -> None:
    assert "<" not in to_mrkdwn(source)
    assert to_text(source).strip("<>") == source.strip("<>")


@pytest.mark.parametrize("word", ["@channel", "@here", "@everyone", "@Channel now", "(@group)"])
def test_broadcast_words_are_taken_apart(word: str) -> None:
    assert not re.search(r"@(channel|here|everyone|group)", to_mrkdwn(word), re.IGNORECASE)
    assert to_mrkdwn(word).replace("\u2060", "") == word


def test_link_that_names_another_host_says_where_it_leads() -> None:
    source = "[https://corp.example/x](https://evil.example/y)"

    assert to_html(source).endswith("</a> (evil.example)</p>")
    assert to_mrkdwn(source).endswith("> (evil.example)")
    assert "(https://evil.example/y)" in to_text(source)
    assert "(" not in to_html("[corp.example](https://corp.example/x)")


def test_plain_http_link_is_told_as_text() -> None:
    assert to_html("[wiki](http://intranet/page)") == "<p>wiki (http://intranet/page)</p>"
    assert to_text("[wiki](http://intranet/page)") == "wiki (http://intranet/page)"


def test_image_becomes_a_link_with_its_text() -> None:
    assert to_html("![map](https://a.example/m.png)") == '<p><a href="https://a.example/m.png">map</a></p>'
    assert to_mrkdwn("[![map](https://a.example/m.png)](https://b.example)") == "<https://b.example|map (https://a.example/m.png)>"


@given(source=st.one_of(ANY_TEXT, MARKS))
@example(source="[" * 500)
@example(source="> " * 200 + "x")
@example(source="*" * 300)
@example(source="[a](<b\n")
@example(source="# ")
@example(source="- \n- ")
def test_any_text_renders_to_allowed_elements_and_closed_slack_markup(source: str) -> None:
    html, mrkdwn, text = to_html(source), to_mrkdwn(source), to_text(source)

    assert set(re.findall(r"<([a-z]\w*)", html)) <= {
        "p",
        "em",
        "strong",
        "a",
        "ul",
        "ol",
        "li",
        "blockquote",
        "code",
        "pre",
        "br",
        "hr",
        "h3",
        "h4",
        "h5",
        "h6",
    }
    assert not re.search(r"<(?!(?:https://|mailto:)[^<>|]*\|[^<>|]*>)", mrkdwn)
    assert "<!" not in mrkdwn
    assert "<@" not in mrkdwn
    assert text == text.strip("\n")


@given(text=st.one_of(ANY_TEXT, MARKS), limit=st.integers(30, 60))
@example(text="😀" * 100, limit=31)
@example(text="&amp;" * 40, limit=33)
@example(text="<https://a.example/b|c> " * 9, limit=40)
def test_parts_keep_every_word_and_fit(text: str, limit: int) -> None:
    parts = split_mrkdwn(text, limit)

    assert all(part and slack_length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_no_part_breaks_a_link_or_an_entity() -> None:
    text = ("word " * 5 + "&amp;&lt;" + "<https://a.example/b|c d>") * 40
    for part in split_mrkdwn(text, 60):
        assert part.count("<") == part.count(">")
        assert not re.search(r"&(?!amp;|lt;|gt;)", part)


def test_plain_text_is_escaped_for_slack() -> None:
    assert mrkdwn_escape("a & b < c > d") == "a &amp; b &lt; c &gt; d"
