"""The mail of a digest as a reader's program takes it apart."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.sending.deliveries import CheckQuestion, DigestQuestion
from cadence.domain.sending.links import LinkPurpose
from cadence.errors import ConfigError, RenderError
from cadence.rendering import email_pieces
from cadence.rendering import templates as templates_module
from cadence.rendering.email import EmailComposer
from tests.rendering.samples import (
    BASE,
    EXPIRES,
    IDENTITY,
    MEASURES,
    NOW,
    SIGNER,
    TEMPLATES,
    a_digest,
    an_item,
    email_composer,
    html_of,
    parsed,
    text_of,
)

COMPOSER = email_composer()
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=80)


def tokens_in(text: str, route: str) -> list[str]:
    return re.findall(rf"{re.escape(BASE)}/{route}/([\w-]+)", text)


def test_headers_say_who_what_when_and_how_to_get_less() -> None:
    envelope = COMPOSER.compose(a_digest(an_item(), an_item(title="Second"), an_item(title="Third")), expires_at=EXPIRES)
    message = parsed(envelope)

    assert message["From"].addresses == (Address("Carvalho, Ines", addr_spec="cadence@example.com"),)
    assert message["To"].addresses == (Address("Ana Example", addr_spec="ana@example.com"),)
    assert message["Subject"] == "An honest gap beats a guessed number"
    assert message["Message-ID"] == envelope.message_id == "<01hzx3k9q2m4@example.com>"
    assert message["Date"].datetime == NOW
    assert message["Reply-To"] == "chief@example.com"
    assert message["List-Id"] == "<cadence.example.com>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["MIME-Version"] == "1.0"
    link = SIGNER.read(tokens_in(message["List-Unsubscribe"], "p")[0], NOW, purpose=LinkPurpose.PREFERENCES)
    assert (link.delivery_id, link.person_id, link.expires_at) == (77, 12, EXPIRES)
    assert (envelope.mail_from, envelope.rcpt_to, envelope.smtputf8) == ("cadence@example.com", "ana@example.com", False)


def test_both_parts_hold_all_content_and_the_same_links() -> None:
    item = an_item(measures=MEASURES)
    envelope = COMPOSER.compose(a_digest(item), expires_at=EXPIRES)
    html, text = html_of(envelope), text_of(envelope)
    seen = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))

    for phrase in (
        "Hello Ana Example,", "Value.", item.title,
        "In April a gauge read", "a steady 2.41 metres",
        "Read it in full", "Supports: Nobody is surprised by their river",
        "97.8 % on 31 October 2026", "94.1", "99.5", "“Monday and Thursday” at Wetherby Gauges", "No tracking:",
        "Third time this quarter, today in other words.", "Too often for me", "Still unclear", "Carvalho, Ines",
    ):  # fmt: skip
        assert phrase in seen, phrase
        assert phrase in re.sub(r"\s+", " ", text), phrase
    assert tokens_in(html, "a") == tokens_in(text, "a")
    assert tokens_in(html, "p") == tokens_in(text, "p") == tokens_in(parsed(envelope)["List-Unsubscribe"], "p")
    assert SIGNER.read(tokens_in(text, "a")[0], NOW, purpose=LinkPurpose.ACKNOWLEDGE).version_id == 11
    assert "https://example.com/april" in text


def test_nothing_in_the_mail_is_fetched_or_followed_by_itself() -> None:
    html = html_of(
        COMPOSER.compose(a_digest(an_item(measures=MEASURES, wording="![x](https://t.example/1.gif) <img src=//t>")), expires_at=EXPIRES)
    )

    assert not re.search(r"<(img|link|script|iframe|form|base|object|svg|math)\b|url\(|@import|http-equiv=.?refresh", html)
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) <= {BASE, "https://t.example"}


def test_html_has_language_headings_and_layout_roles() -> None:
    html = html_of(COMPOSER.compose(a_digest(an_item(measures=MEASURES), locale="de-AT"), expires_at=EXPIRES))

    assert '<html lang="de"' in html
    assert "und" not in re.findall(r'lang="(\w+)"', html)
    assert re.findall(r"<(h[1-6])", html) == ["h1", "h2"]
    assert re.search(r'<body[^>]*><div role="main">', html)
    assert "<th" not in html
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme"' in html


@pytest.mark.parametrize(
    ("changed", "phrase"),
    [
        ({"times_sent_before": 0, "reason": "first_time"}, "This is the first time we have sent you this."),
        ({"showing": 1}, "First time this quarter, today in other words."),
        ({"showing": 10, "wording_name": "plain"}, "Tenth time this quarter."),
        ({"showing": 11, "wording_name": "plain"}, "11th time this quarter."),
        ({"showing": 22, "wording_name": "plain"}, "22nd time this quarter."),
        ({"showing": 2, "reason": "new_version", "changed_on": date(2026, 5, 3)}, "Second time this quarter; new version since 3 May."),
        ({"showing": 3, "changed_on": date(2026, 5, 3)}, "Third time this quarter; the wording changed on 3 May."),
        ({"showing": 3, "changed_on": date(2025, 12, 3)}, "Third time this quarter; the wording changed on 3 December 2025."),
        ({"showing": 2, "reason": "nudge"}, "A reminder: please acknowledge this. Second time this quarter."),
        ({"acknowledged_on": date(2026, 5, 3)}, "You acknowledged this on 3 May 2026."),
    ],
)
def test_why_line_tells_what_is_stored(changed: dict[str, object], phrase: str) -> None:
    envelope = COMPOSER.compose(a_digest(an_item(**changed)), expires_at=EXPIRES)
    assert phrase in html_of(envelope)
    assert phrase in text_of(envelope)


@pytest.mark.parametrize(
    ("showing", "phrase"),
    [
        (1, "Zum ersten Mal in diesem Quartal"),
        (3, "Zum dritten Mal in diesem Quartal"),
        (10, "Zum zehnten Mal in diesem Quartal"),
        (21, "Zum 21. Mal in diesem Quartal"),
    ],
)
def test_why_line_counts_in_german(showing: int, phrase: str) -> None:
    item = an_item(showing=showing, changed_on=date(2026, 5, 3))
    assert f"{phrase}; der Wortlaut hat sich am 3. Mai geändert." in text_of(
        COMPOSER.compose(a_digest(item, locale="de"), expires_at=EXPIRES)
    )


@pytest.mark.parametrize(
    ("changed", "pressed"), [({}, [1]), ({"must_acknowledge": False}, []), ({"acknowledged_on": date(2026, 5, 3)}, [])]
)
def test_the_one_press_is_under_the_leading_statement_that_waits_for_it(changed: dict[str, object], pressed: list[int]) -> None:
    digest = a_digest(an_item(version_id=1, **changed), an_item(version_id=2))
    envelope = COMPOSER.compose(digest, expires_at=EXPIRES)
    for part in (html_of(envelope), text_of(envelope)):
        assert [SIGNER.read(token, NOW).version_id for token in tokens_in(part, "a")] == pressed


def test_the_first_statement_is_told_in_full_and_the_others_in_a_sentence_with_a_link_to_the_whole() -> None:
    others = [
        an_item(version_id=12, title="Mend before you build", body="Mend first. Then build.", wording="A long story."),
        an_item(version_id=13, title="Read the river", brief="We read it ourselves."),
    ]
    envelope = COMPOSER.compose(a_digest(an_item(), *others), expires_at=EXPIRES)
    for part in (html_of(envelope), text_of(envelope)):
        assert part.count("In April a gauge read") == 1
        assert "Mend first." in part
        assert "We read it ourselves." in part
        assert "Then build." not in part
        assert "A long story." not in part
        assert part.count("Third time this quarter, today in other words.") == 1
        assert part.index("In April") < part.index("And in a sentence") < part.index("Mend first.") < part.index("We read it ourselves.")
        said = [SIGNER.read(token, NOW, purpose=LinkPurpose.RESPOND).version_id for token in tokens_in(part, "c")]
        assert list(dict.fromkeys(said)) == [11, 12, 13]


def test_a_long_wording_ends_with_a_sentence_and_the_whole_is_a_link_away() -> None:
    sentence = "The gauge upstream changed over by itself and sent its readings through the next one. "
    envelope = COMPOSER.compose(a_digest(an_item(wording=sentence * 9, body=sentence * 9, version_id=97)), expires_at=EXPIRES)
    assert " ".join(text_of(envelope).split()).count(sentence.strip()) == 4
    assert "Read it in full" in text_of(envelope)
    assert html_of(envelope).count("upstream") == 4


def test_statement_without_another_wording_is_said_once() -> None:
    item = an_item(wording=an_item().body, wording_name="plain")
    envelope = COMPOSER.compose(a_digest(item), expires_at=EXPIRES)
    assert "Read it in full" not in html_of(envelope) + text_of(envelope)
    assert text_of(envelope).count("say why") == 1


def test_german_mail_has_german_words_dates_and_numbers() -> None:
    item = an_item(measures=MEASURES, reason="new_version", changed_on=date(2026, 5, 3))
    envelope = COMPOSER.compose(a_digest(item, an_item(), locale="de_DE", person_name="Jürgen Groß"), expires_at=EXPIRES)
    text = text_of(envelope)

    assert "Guten Tag Jürgen Groß," in text
    assert "Zum dritten Mal in diesem Quartal; neue Fassung seit dem 3. Mai." in text
    assert "97,8 % am 31. Oktober 2026" in text
    assert parsed(envelope)["To"].addresses[0].display_name == "Jürgen Groß"
    assert parsed(envelope)["Subject"] == "Geändert: An honest gap beats a guessed number"


def test_unknown_language_is_answered_in_english() -> None:
    for locale in ("", "tlh", "x/../../etc", "{{7*7}}", "\x00", "e" * 5000):
        assert "Hello Ana" in text_of(COMPOSER.compose(a_digest(locale=locale), expires_at=EXPIRES))


def test_same_digest_gives_the_same_bytes_from_any_composer() -> None:
    first = COMPOSER.compose(a_digest(), expires_at=EXPIRES)
    assert COMPOSER.compose(a_digest(), expires_at=EXPIRES) == first
    assert email_composer().compose(a_digest(), expires_at=EXPIRES) == first


def test_cached_statement_never_shows_old_text() -> None:
    for title, measures in (("One", ()), ("Two", ()), ("Two", MEASURES), ("One", ())):
        html = html_of(COMPOSER.compose(a_digest(an_item(title=title, measures=measures)), expires_at=EXPIRES))
        assert f">{title}</h2>" in html
        assert ("Readings on time" in html) == bool(measures)


@given(name=PRINTABLE, title=PRINTABLE, cadence=PRINTABLE)
def test_what_people_wrote_reads_back_equal(name: str, title: str, cadence: str) -> None:
    envelope = COMPOSER.compose(a_digest(an_item(title=title), person_name=name, cadence_name=cadence), expires_at=EXPIRES)
    message, text = parsed(envelope), text_of(envelope)

    assert message["Subject"] == title
    assert [a.addr_spec for a in message["To"].addresses] == ["ana@example.com"]
    assert f"Hello {name}," in text or not name.strip()
    assert f"“{cadence}”" in text
    assert f"{title}\n" in text
    assert all(len(line) <= 76 for line in envelope.content.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert b"\n" not in envelope.content.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", ["{{7*7}}", "{% for x in y %}", "<b>", "{name}", "{0.__class__}", "${x}", "%s", "</html>", "a < b & c"])
def test_name_that_looks_like_a_template_or_markup_stays_text(name: str) -> None:
    envelope = COMPOSER.compose(a_digest(an_item(title=name), person_name=name, cadence_name=name), expires_at=EXPIRES)
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert f"Hello {name}," in text_of(envelope)
    assert f"Hello {escaped}," in html_of(envelope)
    assert parsed(envelope)["To"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "body",
    [
        "{{ 7*7 }} {% include '/etc/passwd' %}", "</script> ]]> -->", "From me\n.\n..\nFrom you", "x" * 5000, "é" * 3001, "word " * 800,
        "a\u0301\u0300" * 50,
        "\u202eabc\u202c", "שלום **עולם**", "🦊 👩‍👩‍👧‍👦", "=3D=\r\n=20", "--=_cadence_part--", "# " * 50,
    ],
)  # fmt: skip
def test_hostile_statement_text_arrives_as_text(body: str) -> None:
    envelope = COMPOSER.compose(a_digest(an_item(body=body, wording="Short.", version_id=99)), expires_at=EXPIRES)

    assert all(len(line) <= 76 for line in envelope.content.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert not any(line == b"." or line.startswith(b"From ") for line in envelope.content.split(b"\r\n"))
    assert "49" not in text_of(envelope)
    assert "whether you open this mail." in text_of(envelope)
    assert html_of(envelope).rstrip().endswith("</html>")


@pytest.mark.parametrize("bad", ["\r", "\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\x00", "\ud800", "\r\nBcc: x@example.com"])
def test_subject_or_name_that_could_end_a_header_fails_its_own_delivery(bad: str) -> None:
    for digest in (a_digest(an_item(title=f"a{bad}b", version_id=98)), a_digest(person_name=f"a{bad}b")):
        with pytest.raises(RenderError):
            COMPOSER.compose(digest, expires_at=EXPIRES)


def test_address_outside_ascii_is_written_as_mail_needs_it() -> None:
    envelope = COMPOSER.compose(a_digest(address="ana@bücher.example"), expires_at=EXPIRES)
    assert (envelope.rcpt_to, envelope.smtputf8) == ("ana@xn--bcher-kva.example", False)

    envelope = COMPOSER.compose(a_digest(address="жанна@example.com"), expires_at=EXPIRES)
    assert (envelope.rcpt_to, envelope.smtputf8) == ("жанна@example.com", True)


@pytest.mark.parametrize("address", ["", "ana", "a@b@c", "a@b.c\r\nRCPT TO:<e>", "a@b.c, e@f.g"])
def test_wrong_address_fails_its_own_delivery(address: str) -> None:
    with pytest.raises(RenderError):
        COMPOSER.compose(a_digest(address=address), expires_at=EXPIRES)


def test_digest_without_anything_or_with_ids_out_of_range_is_refused() -> None:
    empty = a_digest()
    object.__setattr__(empty, "items", ())
    for digest in (empty, a_digest(delivery_id=2**60)):
        with pytest.raises(RenderError):
            COMPOSER.compose(digest, expires_at=EXPIRES)


def test_large_mail_is_told_and_too_large_mail_refused(caplog: pytest.LogCaptureFixture) -> None:
    def digest_of(count: int) -> object:
        lines = tuple("a long line " * 840 for _ in range(4))
        asked = [replace(QUESTION, version_id=1000 + n, check=CheckQuestion(check_id=n, options=lines, right=0)) for n in range(count)]
        return COMPOSER.compose(a_digest(questions=tuple(asked)), expires_at=EXPIRES)

    with caplog.at_level(logging.WARNING):
        digest_of(1)
        assert not caplog.records
        digest_of(2)
    assert "event=email.large delivery=01hzx3k9q2m4" in caplog.text
    with pytest.raises(RenderError, match="Send fewer statements"):
        digest_of(3)


def test_an_answer_may_go_to_an_address_that_only_its_message_holds() -> None:
    composer = EmailComposer(replace(IDENTITY, reply_to="answers+{id}@example.com"), TEMPLATES, SIGNER)
    digests = [replace(a_digest(), public_id=public_id) for public_id in ("0" * 24, "1" * 24)]
    messages = [parsed(composer.compose(digest, expires_at=EXPIRES)) for digest in digests]
    assert [message.get_all("Reply-To") for message in messages] == [
        ["answers+000000000000000000000000@example.com"],
        ["answers+111111111111111111111111@example.com"],
    ]


def test_a_wrong_identity_stops_the_start() -> None:
    for changed in (
        {"from_address": "nobody"},
        {"from_address": "größe@example.com"},
        {"list_id": "a\r\nBcc: x"},
        {"reply_to": "a@b@c"},
        {"reply_to": "größe+{id}@example.com"},
        {"from_name": "a\nb"},
    ):
        with pytest.raises(ConfigError):
            EmailComposer(replace(IDENTITY, **changed), TEMPLATES, SIGNER)


def test_no_template_is_compiled_and_no_markdown_parsed_for_the_second_person(monkeypatch: pytest.MonkeyPatch) -> None:
    COMPOSER.compose(a_digest(), expires_at=EXPIRES)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("rendered again")

    for module, name in (
        (email_pieces, "render"),
        (email_pieces, "to_html"),
        (email_pieces, "mjml2html"),
        (templates_module, "compile_template"),
    ):
        monkeypatch.setattr(module, name, never)
    other = a_digest(person_id=13, person_name="Bo", address="bo@example.com", delivery_id=78, public_id="x")
    assert "Hello Bo," in text_of(COMPOSER.compose(other, expires_at=EXPIRES))


def test_composing_costs_at_most_a_tenth_of_the_email_package() -> None:
    digests = [a_digest(an_item(measures=MEASURES), an_item(version_id=2), delivery_id=n, person_name=f"Ana {n}") for n in range(300)]
    message = parsed(COMPOSER.compose(digests[0], expires_at=EXPIRES))
    html, text = html_of(COMPOSER.compose(digests[0], expires_at=EXPIRES)), text_of(COMPOSER.compose(digests[0], expires_at=EXPIRES))

    def by_the_package() -> bytes:
        mail = EmailMessage()
        for name in (
            "Date",
            "Message-ID",
            "From",
            "To",
            "Subject",
            "List-Id",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Auto-Submitted",
        ):
            mail[name] = str(message[name])
        mail.set_content(text)
        mail.add_alternative(html, subtype="html")
        return mail.as_bytes()

    ours, theirs = [], []
    for _ in range(3):
        start = time.thread_time()
        for digest in digests:
            COMPOSER.compose(digest, expires_at=EXPIRES)
        ours.append((time.thread_time() - start) / len(digests))
        start = time.thread_time()
        for _ in range(20):
            by_the_package()
        theirs.append((time.thread_time() - start) / 20)
    assert min(ours) <= 0.1 * min(theirs)


def test_date_is_the_day_of_the_occurrence_or_of_the_person() -> None:
    assert "23 November 2026" in html_of(COMPOSER.compose(a_digest(), expires_at=EXPIRES))
    late = a_digest(local_date=None, dated=datetime(2026, 11, 23, 20, tzinfo=UTC), zone="Asia/Kathmandu")
    assert "24 November 2026" in html_of(COMPOSER.compose(late, expires_at=EXPIRES + timedelta(days=1)))


OPTIONS = ("Fill short gaps.", "Show a gap <b>and</b> say why & how.", "Show nothing.", "Ask {name}.")
CHECK = CheckQuestion(check_id=5, options=OPTIONS, right=1)
QUESTION = DigestQuestion(statement_id=5, slug="gap", kind="value", title="An <open> gap", version_id=15, check=CHECK)


def test_the_question_stands_at_the_end_with_a_link_for_each_line_and_for_not_remembering() -> None:
    envelope = COMPOSER.compose(a_digest(an_item(), an_item(title="Second", version_id=12), questions=(QUESTION,)), expires_at=EXPIRES)
    html, text = html_of(envelope), text_of(envelope)

    links = re.findall(rf'<a href="{re.escape(BASE)}/c/([\w-]+)\?choice=(\w+)"[^>]*>(.*?)</a>', html)
    assert [place for _, place, _ in links] == ["0", "1", "2", "3", "forgot"]
    assert links[1][2] == "<b>B</b>&nbsp; Show a gap &lt;b&gt;and&lt;/b&gt; say why &amp; how."
    assert links[4][2] == "I don’t remember"
    assert len({token for token, _, _ in links}) == 1
    link = SIGNER.read(links[0][0], NOW, purpose=LinkPurpose.RESPOND)
    assert (link.delivery_id, link.person_id, link.version_id, link.expires_at) == (77, 12, 15, EXPIRES)
    asked = "What do we mean by “An &lt;open&gt; gap”?"
    assert html.index("In April a gauge") < html.index("Second</a>") < html.index("One question, about something else") < html.index(asked)
    assert html.index(asked) < html.index("Carvalho, Ines")
    assert html.count("One question") == 1
    assert "one press there records it" in html
    assert "  B  Show a gap <b>and</b> say why & how.\n" in text
    assert "choice=" not in text
    assert tokens_in(text, "c")[-1] == links[0][0]
    assert not re.search(r"\bone (?:tap|click)\b", html + text, re.IGNORECASE)


def test_a_question_that_is_answered_is_not_asked_again() -> None:
    answered = replace(QUESTION, check=replace(CHECK, chosen=-1))
    html = html_of(COMPOSER.compose(a_digest(questions=(answered,)), expires_at=EXPIRES))

    assert "One question" not in html
    assert "choice=" not in html


def test_a_check_of_an_old_delivery_about_its_own_statement_is_asked_at_the_end_too() -> None:
    html = html_of(COMPOSER.compose(a_digest(an_item(check=CHECK)), expires_at=EXPIRES))

    assert html.index("In April a gauge") < html.index("One question</h2>") < html.index("choice=0")


def test_a_digest_of_questions_alone_says_so_in_its_first_line_and_subject() -> None:
    def opening(count: int, **changed: object) -> tuple[str, str, str]:
        questions = tuple(replace(QUESTION, version_id=20 + n, check=replace(CHECK, check_id=n)) for n in range(count))
        envelope = COMPOSER.compose(replace(a_digest(questions=questions, **changed), items=()), expires_at=EXPIRES)
        return str(parsed(envelope)["Subject"]), html_of(envelope), text_of(envelope)

    subject, html, text = opening(1)
    assert subject == "One question for you"
    assert "Hello Ana Example, here is one question, and nothing to read today." in html
    assert "And in a sentence" not in html + text
    assert "/a/" not in html + text

    subject, html, text = opening(3)
    assert subject == "3 questions before we begin"
    for part in (html, text):
        assert "Hello Ana Example, before we begin: 3 questions." in part
        assert part.index("Question 1 of 3") < part.index("Question 3 of 3")
        assert [SIGNER.read(token, NOW).version_id for token in dict.fromkeys(tokens_in(part, "c"))] == [20, 21, 22]
    assert html.count("one press there records it") == 1
    assert opening(3, locale="de")[0] == "3 Fragen, bevor wir beginnen"


def test_two_people_share_what_is_composed_but_not_their_links_or_order() -> None:
    other = replace(QUESTION, check=replace(CHECK, options=OPTIONS[::-1], right=2))
    first = html_of(COMPOSER.compose(a_digest(questions=(QUESTION,)), expires_at=EXPIRES))
    second = html_of(COMPOSER.compose(a_digest(questions=(other,), delivery_id=78, person_id=13), expires_at=EXPIRES))

    assert not set(tokens_in(first, "c")) & set(tokens_in(second, "c"))
    assert first.index("Fill short gaps.") < first.index("Show nothing.")
    assert second.index("Fill short gaps.") > second.index("Show nothing.")


def test_german_reader_is_asked_in_german() -> None:
    envelope = COMPOSER.compose(a_digest(questions=(QUESTION,), locale="de"), expires_at=EXPIRES)

    for part in (html_of(envelope), text_of(envelope)):
        assert "Eine Frage, zu etwas anderem" in part
        assert "Weiß ich nicht mehr" in part
        assert "Mir zu oft" in part


def test_the_largest_digest_stays_small() -> None:
    lines = tuple(f"{n} " + "a line of a hundred and sixty characters " * 4 for n in range(4))
    items = [an_item(version_id=60 + n, measures=MEASURES * 4, wording="word " * 900, body="word " * 2000) for n in range(6)]
    question = replace(QUESTION, check=CheckQuestion(check_id=9, options=lines, right=0))
    assert len(html_of(COMPOSER.compose(a_digest(*items, questions=(question,)), expires_at=EXPIRES)).encode()) < 30_000


@pytest.mark.parametrize(("knew", "told"), [(None, False), ((0, 4), False), ((2, 2), False), ((2, 3), True), ((9, 11), True)])
def test_the_foot_says_what_knowing_earned_once_there_is_something_to_say(knew: tuple[int, int] | None, told: bool) -> None:
    envelope = COMPOSER.compose(a_digest(knew=knew), expires_at=EXPIRES)
    for part in (html_of(envelope), text_of(envelope)):
        assert ("When last asked, you knew" in part) == told
        assert ("You get this because" in part) == (not told)
        assert not told or (knew is not None and f"you knew {knew[0]} of {knew[1]}." in part)
