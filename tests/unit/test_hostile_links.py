"""Hostile tokens: each is refused, none raises anything else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cadence.domain.sending.links import Link, LinkProblem, LinkPurpose, LinkRefused, LinkSigner

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIGNER = LinkSigner({1: b"current secret, long enough", 0: b"previous secret, long enough"}, current=1, deployment="https://a.example")
LINK = Link(purpose=LinkPurpose.ACKNOWLEDGE, delivery_id=7, person_id=12, version_id=3, expires_at=NOW + timedelta(days=14))
TOKEN = SIGNER.sign(LINK)
RAW = base64.urlsafe_b64decode(TOKEN + "=")


def refused_as(token: str) -> LinkProblem:
    with pytest.raises(LinkRefused) as refused:
        SIGNER.read(token, NOW)
    return refused.value.problem


def spell(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize("bit", range(len(RAW) * 8))
def test_every_flipped_bit_is_refused(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << bit % 8
    assert refused_as(spell(bytes(changed))) is LinkProblem.FORGED


@pytest.mark.parametrize("number", range(6))
def test_every_flipped_bit_of_a_character_is_refused(number: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place, character in enumerate(TOKEN):
        other = alphabet[alphabet.index(character) ^ 1 << number]
        assert refused_as(TOKEN[:place] + other + TOKEN[place + 1 :]) is LinkProblem.FORGED


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="74 empty"),
        pytest.param(TOKEN[:-1], id="74 truncated"),
        pytest.param(TOKEN + "A", id="74 extended"),
        pytest.param("A" * 100_000, id="74 100 kB"),
        pytest.param(TOKEN * 2000, id="74 repeated"),
        pytest.param(TOKEN + "=", id="77 padding"),
        pytest.param(TOKEN + "\n", id="77 line end"),
        pytest.param("\n" + TOKEN, id="77 leading junk"),
        pytest.param(TOKEN[:20] + "!" + TOKEN[20:], id="77 junk inside"),
        pytest.param(TOKEN[:20] + " " + TOKEN[21:], id="77 space inside"),
        pytest.param(quote(TOKEN[:10] + "/" + TOKEN[11:], safe=""), id="77 %2F"),
        pytest.param("%45" + TOKEN[1:], id="77 percent spelling of the first letter"),
        pytest.param(TOKEN[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(TOKEN[-1]) | 1], id="77 spare bits set"),
        pytest.param(spell(RAW).replace("-", "+").replace("_", "/") + ".", id="77 standard alphabet"),
        pytest.param("\ud800" * 51, id="lone surrogates"),
        pytest.param("Ａ" * 51, id="full-width letters"),
        pytest.param("٣" * 51, id="digits that are not ASCII"),
        pytest.param("\x00" * 51, id="NUL"),
        pytest.param("//evil.example", id="84 other site"),
        pytest.param("/%09/evil.example", id="84 tab"),
        pytest.param("{{7*7}}", id="template"),
    ],
)  # fmt: skip
def test_other_spellings_and_junk_are_refused(token: str) -> None:
    assert refused_as(token) is LinkProblem.FORGED


def test_an_old_token_is_told_from_a_forged_one_only_when_its_signature_is_right() -> None:
    late = NOW + timedelta(days=15)
    changed = bytearray(RAW)
    changed[3] ^= 1
    for token, problem in ((TOKEN, LinkProblem.EXPIRED), (spell(bytes(changed)), LinkProblem.FORGED)):
        with pytest.raises(LinkRefused) as refused:
            SIGNER.read(token, late)
        assert refused.value.problem is problem


def test_a_clock_one_hour_behind_reads_a_fresh_link() -> None:
    assert SIGNER.read(TOKEN, NOW - timedelta(hours=1)) == LINK


@given(
    token=st.one_of(
        st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_-]{51}", fullmatch=True), st.binary(min_size=38, max_size=38).map(spell)
    )
)
@example(token="A" * 51)
@example(token="_" * 51)
def test_no_text_is_read_and_none_raises_anything_else(token: str) -> None:
    if token != TOKEN:
        assert refused_as(token) is LinkProblem.FORGED


def test_a_link_may_last_to_the_end_of_the_calendar() -> None:
    signer = LinkSigner({1: b"current secret, long enough"}, current=1)
    far = signer.sign(Link(purpose=LinkPurpose.PREFERENCES, delivery_id=1, person_id=1, expires_at=datetime(9999, 12, 31, tzinfo=UTC)))
    assert signer.read(far, NOW).expires_at.year == 9999
