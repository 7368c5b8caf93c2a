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

from cadence.domain.sending.deliveries import CheckQuestion
from cadence.domain.sending.links import LinkPurpose
from cadence.errors import ConfigError, RenderError
from cadence.rendering import email as email_module
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
    assert message["Subject"] == "An honest gap beats a guessed number + 2 more"
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
        "Hello Ana Example,", "One thing Wetherby Gauges wants you to know.", "Value", item.title,
        "In April a gauge read", "a steady 2.41 metres",
        "The statement in full", "we show a gap and say why", "Supports: Nobody is surprised by their river",
        "97.8 % on 31 October 2026", "94.1", "99.5", "“Monday and Thursday” at Wetherby Gauges", "contains no tracking",
        "Third time this quarter, today in other words.",
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


def test_html_has_language_headings_table_headers_and_layout_roles() -> None:
    html = html_of(COMPOSER.compose(a_digest(an_item(measures=MEASURES), locale="de-AT"), expires_at=EXPIRES))

    assert '<html lang="de"' in html
    assert "und" not in re.findall(r'lang="(\w+)"', html)
    assert re.findall(r"<(h[1-6])", html) == ["h1", "h2", "h3"]
    assert html.count('<th scope="rowgroup" colspan="3"') == len(MEASURES)
    assert html.count('scope="col"') == 3
    assert re.search(r'<body[^>]*><div role="main">', html)
    data_tables = len(re.findall(r'<table class="measures"', html))
    assert html.count("<table") - html.count('role="presentation"') <= data_tables
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


def test_only_what_must_be_acknowledged_and_is_not_yet_has_a_button() -> None:
    digest = a_digest(
        an_item(version_id=1),
        an_item(version_id=2, must_acknowledge=False),
        an_item(version_id=3, acknowledged_on=date(2026, 5, 3)),
        an_item(version_id=4),
    )
    text = text_of(COMPOSER.compose(digest, expires_at=EXPIRES))
    assert [SIGNER.read(token, NOW).version_id for token in tokens_in(text, "a")] == [1, 4]


def test_statement_without_another_wording_is_said_once() -> None:
    item = an_item(wording=an_item().body, wording_name="plain")
    envelope = COMPOSER.compose(a_digest(item), expires_at=EXPIRES)
    assert "The statement in full" not in html_of(envelope) + text_of(envelope)
    assert text_of(envelope).count("say why") == 1


def test_german_mail_has_german_words_dates_and_numbers() -> None:
    item = an_item(measures=MEASURES, reason="new_version", changed_on=date(2026, 5, 3))
    envelope = COMPOSER.compose(a_digest(item, an_item(), locale="de_DE", person_name="Jürgen Groß"), expires_at=EXPIRES)
    text = text_of(envelope)

    assert "Guten Tag Jürgen Groß," in text
    assert "Zum dritten Mal in diesem Quartal; neue Fassung seit dem 3. Mai." in text
    assert "97,8 % am 31. Oktober 2026" in text
    assert parsed(envelope)["To"].addresses[0].display_name == "Jürgen Groß"
    assert parsed(envelope)["Subject"] == "An honest gap beats a guessed number + 1 weitere"


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
    assert f"[Value] {title}\n" in text
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
    assert "acknowledge is counted." in text_of(envelope)
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


def test_digest_without_statements_or_with_ids_out_of_range_is_refused() -> None:
    empty = a_digest()
    object.__setattr__(empty, "items", ())
    for digest in (empty, a_digest(delivery_id=2**60)):
        with pytest.raises(RenderError):
            COMPOSER.compose(digest, expires_at=EXPIRES)


def test_large_mail_is_told_and_too_large_mail_refused(caplog: pytest.LogCaptureFixture) -> None:
    def digest_of(count: int) -> object:
        return COMPOSER.compose(
            a_digest(*[an_item(version_id=1000 + n, body="long words " * 230) for n in range(count)]), expires_at=EXPIRES
        )

    with caplog.at_level(logging.WARNING):
        digest_of(3)
        assert not caplog.records
        digest_of(11)
    assert "event=email.large delivery=01hzx3k9q2m4" in caplog.text
    with pytest.raises(RenderError, match="Send fewer statements"):
        digest_of(20)


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
        (email_module, "render"),
        (email_module, "to_html"),
        (email_module, "mjml2html"),
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


OPTIONS = ("Fill short gaps.", "Show a gap <b>and</b> say why & how.", "Show nothing.", "Publish all.", "Mend first.", "Ask {name}.")
CHECK = CheckQuestion(check_id=5, options=OPTIONS, right=1)


def test_check_stands_above_the_text_with_a_link_for_each_option() -> None:
    envelope = COMPOSER.compose(a_digest(an_item(check=CHECK), an_item(title="Second", version_id=12)), expires_at=EXPIRES)
    html, text = html_of(envelope), text_of(envelope)

    links = re.findall(rf'<a href="{re.escape(BASE)}/c/([\w-]+)\?choice=(\d)"[^>]*>([^<]*)</a>', html)
    assert [int(place) for _, place, _ in links] == [0, 1, 2, 3, 4, 5]
    assert links[1][2] == "Show a gap &lt;b&gt;and&lt;/b&gt; say why &amp; how."
    assert len({token for token, _, _ in links}) == 1
    link = SIGNER.read(links[0][0], NOW, purpose=LinkPurpose.RESPOND)
    assert (link.delivery_id, link.person_id, link.version_id, link.expires_at) == (77, 12, 11, EXPIRES)
    assert html.index("An honest gap") < html.index("which of these did we say") < html.index("In April a gauge")
    assert html.count("which of these did we say") == 1
    for part in (html, text):
        assert set(tokens_in(part, "c")) == {links[0][0], *(t for t in tokens_in(html, "c") if t != links[0][0])}
        assert len(set(tokens_in(part, "c"))) == 2
    assert "  2. Show a gap <b>and</b> say why & how.\n" in text
    assert "choice=" not in text


def test_answered_check_is_not_asked_again() -> None:
    html = html_of(COMPOSER.compose(a_digest(an_item(check=replace(CHECK, chosen=2))), expires_at=EXPIRES))

    assert "which of these did we say" not in html
    assert "choice=" not in html


def test_two_people_share_what_is_composed_but_not_their_links_or_order() -> None:
    other = replace(CHECK, options=OPTIONS[::-1], right=4)
    first = html_of(COMPOSER.compose(a_digest(an_item(check=CHECK)), expires_at=EXPIRES))
    second = html_of(COMPOSER.compose(a_digest(an_item(check=other), delivery_id=78, person_id=13), expires_at=EXPIRES))

    assert not set(tokens_in(first, "c")) & set(tokens_in(second, "c"))
    assert first.index("Fill short gaps.") < first.index("Mend first.")
    assert second.index("Fill short gaps.") > second.index("Mend first.")


def test_german_reader_is_asked_in_german() -> None:
    envelope = COMPOSER.compose(a_digest(an_item(check=CHECK), locale="de"), expires_at=EXPIRES)

    for part in (html_of(envelope), text_of(envelope)):
        assert "Was davon haben wir gesagt?" in part
        assert "Schon bekannt, unklar oder zu oft?" in part


def test_three_checks_of_long_lines_stay_small() -> None:
    lines = tuple(f"{n} " + "a line of a hundred and sixty characters " * 4 for n in range(6))
    items = [an_item(version_id=n, check=CheckQuestion(check_id=n, options=lines, right=0), measures=MEASURES) for n in range(3)]
    plain = COMPOSER.compose(a_digest(*[replace(item, check=None) for item in items]), expires_at=EXPIRES)
    asking = COMPOSER.compose(a_digest(*items), expires_at=EXPIRES)

    assert len(html_of(asking).encode()) < 40_000
    assert len(asking.content) - len(plain.content) < 14_000
