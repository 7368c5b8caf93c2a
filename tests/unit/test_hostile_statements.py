"""Statement texts 1 to 16 of the catalogue of bad input: refused by field, or safe as data."""

from __future__ import annotations

import pytest

from cadence.files.statement_md import parse_statement
from cadence.files.toml_tables import InvalidFile


def file(body: str = "We mend.", title: str = '"Mend"', extra: str = "") -> bytes:
    return f"+++\ntitle = {title}\n{extra}\n+++\n{body}\n".encode()


REFUSED = {
    "1 empty file": (b"", "file"),
    "1 white space only": (b" \n\t\n", "file"),
    "1 empty body": (file(""), "body"),
    "1 white body": (file("  \n\u00a0\u3000 "), "body"),
    "1 zero-width body": (file("\u200b\u200c\u2060\ufeff"), "body"),
    "1 invisible letters": (file("\u3164\u2800\u115f"), "body"),
    "1 zero-width title": (file(title='"\u200b"'), "title"),
    "2 a megabyte": (file("word " * 200_000), "size"),
    "2 a long text": (file("word " * 600), "body"),
    "2 more than a body and all wordings": (file("[" * 190_000), "text"),
    "2 a long list": (file("- a\n" * 48_000), "text"),
    "3 NUL in the body": (file("We\0mend."), "text"),
    "3 NUL in the front matter": (file(title='"We\0mend"'), "text"),
    "3 NUL by escape": (file(title='"We\\u0000mend"'), "title"),
    "4 lone surrogate bytes": (b"+++\ntitle = 'x'\n+++\n\xed\xa0\x80", "encoding"),
    "4 lone surrogate by escape": (file(title='"\\ud800"'), "title"),
    "4 half a pair in UTF-16": (b"\xff\xfe" + b"+\0" * 3 + b"\x00\xd8", "encoding"),
    "5 right-to-left override": (file("We \u202emend."), "text"),
    "5 isolate": (file("We \u2066mend."), "text"),
    "5 override in the title by escape": (file(title='"We \\u202e mend"'), "title"),
    "6 ten thousand marks": (file("e" + "\u0301\u0316" * 5_000), "text"),
    "6 nine marks": (file("x" + "\u0316" * 9), "text"),
    "6 marks in the title by escape": (file(title='"x' + "\\u0316" * 9 + '"'), "title"),
    "7 channel": (file("Hello <!channel>"), "body"),
    "7 here": (file("Hello <!here|here>"), "body"),
    "7 everyone": (file("Hello <! EVERYONE>"), "body"),
    "7 group": (file("Hello <!subteam^S012>"), "body"),
    "7 in the title": (file(title='"<!channel>"'), "title"),
    "7 in a wording": (file("Body\n## Wording: x\n<!here>"), "wording x"),
    "12 a word of 5000": (file("x" * 5_000), "body"),
    "12 a word of 500": (file("x" * 500), "body"),
    "12 3001 characters": (file("abcdefghi " * 300 + "x"), "body"),
    "12 4001 characters": (file("abcdefghi " * 400 + "x"), "body"),
    "12 signs that grow in Slack": (file("a & b " * 300), "body"),
    "13 51 headings": (file("# a\n" * 51), "body"),
    "14 bare carriage return": (file("one\rtwo"), "text"),
    "14 line separator": (file("one\u2028two"), "text"),
    "16 title with CR LF": (file(title='"a\\r\\nBcc: x"'), "title"),
    "16 title with LF": (file(title='"a\\nb"'), "title"),
    "16 title over lines": (file(title='"""a\nb"""'), "title"),
    "16 title with VT": (file(title='"a\\u000bb"'), "title"),
    "16 title with FF": (file(title='"a\\fb"'), "title"),
    "16 title with FS": (file(title='"a\\u001cb"'), "title"),
    "16 title with NEL": (file(title='"a\\u0085b"'), "title"),
    "16 title with U+2028": (file(title='"a\\u2028b"'), "title"),
    "16 title with a tab": (file(title='"a\\tb"'), "title"),
    "no front matter": (b"# A title\n\nText", "front matter"),
    "front matter left open": (b"+++\ntitle = 'x'\n\nText", "front matter"),
    "YAML front matter": (b"---\ntitle: x\n---\nText", "front matter"),
    "Latin-1": ("+++\ntitle = 'x'\n+++\nGröße".encode("latin-1"), "encoding"),
    "noncharacter": (file("a\uffffb"), "text"),
    "escape sequence": (file("a\x1b[2Jb"), "text"),
    "brackets without end": (b"+++\nx = " + b"[" * 5_000 + b"\n+++\nx", "text"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_by_field_and_file(case: str) -> None:
    raw, field = REFUSED[case]
    with pytest.raises(InvalidFile) as caught:
        parse_statement(raw, name="values/x.md")
    told = [str(problem) for problem in caught.value.problems]
    assert any(f"{field} = " in text and text.startswith("values/x.md") for text in told), told
    assert all(len(text) < 400 and text.isprintable() for text in told), told


AS_DATA = {
    "8 a link that lies": "<https://evil.example|https://corp.example>",
    "9 a mention of another": "Ask <@U0123ABCD>.",
    "10 closing tags": "</script> ]]> -->",
    "11 script links": "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x)",
    "14 a long line": "word " * 400,
    "14 a dot alone": "one\n.\ntwo",
    "14 From at the start": "From me to you",
    "15 an image from elsewhere": '<img src="http://t.example/1.gif">',
    "15 markup": "<form><base href=x><meta http-equiv=refresh><svg><math><style>@import url(http://x)</style>",
    "15 an event": "<a oncontentvisibilityautostatechange=alert(1) style=content-visibility:auto>x</a>",
    "templates": "{{ person.__class__ }} {% include '/etc/passwd' %} ${x} %s {0.__class__}",
    "two scripts and emoji": "नमस्ते 👩‍👩‍👧 שלום 한국어",
}


@pytest.mark.parametrize("case", AS_DATA)
def test_is_kept_as_text_to_the_letter(case: str) -> None:
    statement = parse_statement(file(AS_DATA[case]), name="values/x.md")
    assert statement.body == AS_DATA[case].strip()
