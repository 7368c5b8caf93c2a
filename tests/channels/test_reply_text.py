"""What stays of an answer: what the person wrote and all of it, whatever program and language they use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.channels.email.html_text import text_of_html
from cadence.channels.email.reply_text import own_words

_HERE = Path(__file__).parent / "mail"
HEADS: dict[str, dict[str, str]] = tomllib.loads((_HERE / "reply_heads.toml").read_text(encoding="utf-8"))
DIGEST = """Hello Person,

Three things Our company wants you to have in mind.

1. Repair before replace
   On the road we mend what can be mended: it costs less.

Known already, unclear, or too often? Tell us, or ask:
https://cadence.example.com/c/TOKENOFTHISPERSON
"""
QUOTED = "".join(f"> {line}".rstrip() + "\n" for line in DIGEST.splitlines())
MORE = "\n\nOn the other hand:\nit costs a lot.\n\nThanks,\nBest regards"


def wrapped(head: str) -> str:
    """Return the line as programs break it, before the address."""
    return head.replace(" <", "\n<", 1)


def folded_late(head: str) -> str:
    """Return the line broken before its last word."""
    return "\n".join(head.rsplit(" ", 1))


@pytest.mark.parametrize("language", sorted(HEADS))
@pytest.mark.parametrize("program", ["gmail", "apple", "thunderbird", "outlook"])
def test_a_reply_in_every_language_keeps_what_was_written(language: str, program: str) -> None:
    said, head = HEADS[language]["said"], HEADS[language][program]
    if program == "outlook":
        line = "________________________________\n"
        for text in (f"{said}\n\n{head}\n\n{DIGEST}", f"{said}\n\n{line}{head}\n\n{DIGEST}", f"{said}{MORE}\n\n{head}\n\n{DIGEST}"):
            assert own_words(text) == (said + MORE if MORE in text else said)
        assert own_words(f"{said}\n\n*{head}".replace("\n", "\r\n") + f"\r\n\r\n{DIGEST}") == said
        assert own_words(f"{head}\n\n{QUOTED}\n{said}") == said
        return
    for written in (head, wrapped(head), folded_late(head)):
        assert own_words(f"{said}\n\n{written}\n\n{QUOTED}") == said
        assert own_words(f"{said}{MORE}\n\n{written}\n{QUOTED}") == said + MORE
        # below, and between the lines of the quote
        assert own_words(f"{written}\n{QUOTED}\n{said}\n") == said
        assert own_words(f"{written}\n> Hello Person,\n{said}\n> Three things\n{MORE}\n> 1.\n") == said + MORE
    # a program that does not mark what it quotes
    if "@" in head:
        assert own_words(f"{said}\n\n{head}\n\n{DIGEST}") == said


def test_thirty_languages_and_more_are_known() -> None:
    assert len(HEADS) >= 30


@pytest.mark.parametrize(
    "said",
    [
        "On what basis do we do this?",
        "Le budget suffit-il ?",
        "On Monday 3 May 2026 at 10:00 we meet, and I ask:\nwhy?",
        "Anna wrote on 3.5.2026:\nwe mend first.\nWhy do we not?",
        "From: Berlin\nTo: Paris\nIs that far?",
        "From: ana@example.com I heard this. Why?",
        "To: all, cc: ana@example.com. Why?",
        "From: the point of view of a customer, why?",
        "Subject: budgets. Why?",
        "He wrote: no. Why?",
        "Am 3.5. um 10:00 Uhr:\ntreffen wir uns?",
        "Why?\n--\nnot a signature, for it goes on\n" + "and on, line after line, with much to say\n" * 12 + "and ends",
        "Sent from my point of view this is wrong.",
        "--\nWhy?",
        "What did she mean, when she wrote:",
        "Remember what Ada 写道：",
        "I sent from my desk:\n- one\n- two",
        "a\n____________________\nb",
        "Die Datei wurde gesendet von mir",
        "Dosya gönderildi",
        "Thanks,\nwhy is this so?",
        "- one\n- two\n-three",
        "Why is 3 > 2?\n 4 > 3",
        "Regards to the team: why?\nBest regards are no reason to cut.",
        "Please answer ana@example.com by 3 May 2026, 10:00:\nwhy is it so?",
        "Frage 1: Warum?\nAn: alle\nVon: mir",
    ],
)
@pytest.mark.parametrize("head", [HEADS["en"]["gmail"], HEADS["de"]["gmail"], HEADS["fr"]["apple"]])
def test_words_that_look_like_a_head_stay(said: str, head: str) -> None:
    assert own_words(said) == said.strip()
    assert own_words(f"{said}\n\n{head}\n{QUOTED}") == said.strip()
    assert own_words(f"{said}\n{head}\n{QUOTED}") == said.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Ja.\n\nAm Montag, 30. November 2026 um 09:12:33 MEZ hat Ada Lee <ada@x.test> Folgendes geschrieben:\n\nZitiert ohne Zeichen",
            "Ja.",
        ),
        ("Yes.\n\n  Original Message  \nFrom: Ada Lee\nSent: Monday, 30 November 2026 09:12\nTo: bo@x.test\n\nquoted", "Yes."),
        ("See:\nOriginal Message\nThat was its title.", "See:\nOriginal Message\nThat was its title."),
        ("Why?\n\nSent from my iPhone\n\nOn 3 Nov 2026, at 10:00, Ada <a@b.cc> wrote:\n\n> old", "Why?"),
        ("Warum?\n\nVon meinem iPad gesendet", "Warum?"),
        ("Pourquoi ?\n\nEnvoyé de mon iPhone", "Pourquoi ?"),
        ("Why?\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: A <a@b.cc>\nSent: x\nTo: y", "Why?"),
        ("なぜですか\n\niPhoneから送信", "なぜですか"),
        ("Neden?\n\niPhone'umdan gönderildi", "Neden?"),
        ("Why?\n-- \nAna Ruiz\nField\n\nPS: and when?", "Why?\nPS: and when?"),
        ("Why?\n-- \nAna Ruiz\nField\n\nOn 3 Nov 2026, at 10:00, Ada <a@b.cc> wrote:\n> old\n\nAnd when?", "Why?\n\nAnd when?"),
        ("Why?\n\n-----Ursprüngliche Nachricht-----\nVon: A\nGesendet: x\n\nold", "Why?"),
        ("Why?\n\n---------- Forwarded message ---------\nFrom: A <a@b.cc>\nDate: x\nSubject: y\nTo: z\n\nold", "Why?"),
        ("Why?\n\n---- On Tue, 03 Nov 2026 10:00:00 +0100 Ada Boss <a@b.cc> wrote ----\n\n> old", "Why?"),
        ("Why?\n\n---- On Tue, 03 Nov 2026 10:00:00 +0100 Ada Boss <a@b.cc> wrote ----\n\nold", "Why?"),
        ("Why?\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Tuesday, Ada <a@b.cc> wrote:\n\n> old", "Why?"),
        ('Warum?\n\nGesendet: Dienstag, 03. November 2026 um 10:00 Uhr\nVon: "A" <a@b.cc>\nAn: x\nBetreff: y\n\nalt', "Warum?"),
        ('为什么？\n\n------------------ 原始邮件 ------------------\n发件人: "A" <a@b.cc>;\n发送时间: 2026年\n\nold', "为什么？"),
        ('Why?\n\nAt 2026-11-03 10:00:00, "Ada Boss" <a@b.cc> wrote:\n\n>old', "Why?"),
        ("Why?\n\nBegin forwarded message:\n\nFrom: A <a@b.cc>\nSubject: y\n\nold", "Why?"),
        ("Why?\n\nFrom: Ada <a@b.cc> Sent: Tuesday 10:00 To: P <p@b.cc> Subject: Nobody\n\nold", "Why?"),
        ("Pourquoi ?\n\n*De :* Ada <a@b.cc> *Envoyé :* mardi *À :* P *Objet :* x\n\nvieux", "Pourquoi ?"),
        ("为什么？\n\n发件人: A <a@b.cc> 发送时间: 2026年 收件人: P 主题: x\n\nold", "为什么？"),
        ("Why?\n\nQuoting Ada Boss <a@b.cc>:\n\n> old", "Why?"),
        ("Warum?\n\nZitat von Ada Boss <a@b.cc>:\n\n> alt", "Warum?"),
        (">From the start:\nwhy?", "From the start:\nwhy?"),
        (
            "-----Original Message-----\nFrom: A <a@b.cc>\nSent: x\nTo: y\nSubject: z\n\nOld words.\n\nMy words, below.",
            "Old words.\n\nMy words, below.",
        ),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWhy?\n- -- \nAna\n-----BEGIN PGP SIGNATURE-----\n\nabc\n"
            "-----END PGP SIGNATURE-----\n",
            "Why?",
        ),
        ("Why? \U0001f469\u200d\U0001f52c می\u200cخواهم", "Why? \U0001f469\u200d\U0001f52c می\u200cخواهم"),
    ],
)
def test_what_programs_add_goes_and_no_more(text: str, said: str) -> None:
    assert own_words(text) == said


@given(st.lists(st.text("abcÄé1 .,:?!*()", max_size=30), max_size=6), st.sampled_from(sorted(HEADS)), st.sampled_from(["gmail", "apple"]))
def test_whatever_stands_above_a_quote_is_kept_whole(lines: list[str], language: str, program: str) -> None:
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
    assert own_words("\n".join(lines)) == said
    assert own_words("\n".join([*lines, "", HEADS[language][program], QUOTED])) == said


HTML = {
    "Gmail": '<div dir="ltr">Why?</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, 3 Nov 2026 at 10:00, Ada '
    '&lt;<a href="mailto:c@example.com">c@example.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote">old</blockquote></div>',
    "Gmail, between the lines": '<div class="gmail_quote"><div class="gmail_attr">On Tue, 3 Nov 2026 at 10:00, Ada &lt;c@example.com&gt; '
    'wrote:</div><blockquote class="gmail_quote">old</blockquote><div>Why?</div><blockquote class="gmail_quote">more</blockquote></div>',
    "Apple Mail": '<body>Why?<br><div><br><blockquote type="cite"><div>On 3 Nov 2026, at 10:00, Ada &lt;c@example.com&gt; wrote:</div>'
    "<blockquote>older</blockquote>old</blockquote></div></body>",
    "Thunderbird, below": '<div class="moz-cite-prefix">On 03/11/2026 10:00, Ada wrote:<br></div><blockquote type="cite" '
    'cite="mid:x@example.com"><p>old</p></blockquote><p>Why?</p>',
    "Outlook": '<div class="WordSection1"><p class="MsoNormal">Why?<o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
    '<p class="MsoNormal"><b>From:</b> Ada &lt;c@example.com&gt; <br><b>Sent:</b> Tuesday 10:00<br><b>To:</b> Person<br><b>Subject:</b> x'
    "</p></div><p>old</p></div>",
    "Outlook on the web": '<div>Why?</div><hr tabindex="-1"><div id="divRplyFwdMsg"><font><b>Von:</b> Ada &lt;c@example.com&gt;<br>'
    "<b>Gesendet:</b> Dienstag<br><b>An:</b> Person<br><b>Betreff:</b> x</font></div><div>alt</div>",
    "indented by the person": '<div>Why?</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">mine</blockquote>',
}


@pytest.mark.parametrize(("html", "said"), [(html, "Why?\nmine" if "mine" in html else "Why?") for html in HTML.values()], ids=HTML.keys())
def test_an_answer_in_html_keeps_what_was_written(html: str, said: str) -> None:
    assert own_words(text_of_html(html)).replace("\n\n", "\n") == said
