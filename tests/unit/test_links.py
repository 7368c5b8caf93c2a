"""Signed links: what goes in comes out, for the right key, purpose, deployment and time."""

from __future__ import annotations

from binascii import a2b_base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.sending.links import TOKEN_LENGTH, Link, LinkProblem, LinkPurpose, LinkRefused, LinkSigner
from cadence.errors import Invalid

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD, NEW = b"old secret of at least 16 bytes", b"new secret of at least 16 bytes"
_PLAIN = str.maketrans("-_", "+/")
SIGNER = LinkSigner({1: NEW}, current=1, deployment="https://cadence.example.com")


def a_link(**changed: object) -> Link:
    plain = {"purpose": LinkPurpose.ACKNOWLEDGE, "delivery_id": 7, "person_id": 12, "version_id": 3, "expires_at": NOW + timedelta(days=14)}
    return Link(**{**plain, **changed})  # type: ignore[arg-type]


@given(
    link=st.builds(
        Link,
        purpose=st.sampled_from(LinkPurpose),
        delivery_id=st.integers(0, 2**48 - 1),
        person_id=st.integers(0, 2**40 - 1),
        version_id=st.integers(0, 2**32 - 1),
        expires_at=st.integers(1, 10**10).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    )
)
def test_a_signed_link_reads_back_equal(link: Link) -> None:
    token = SIGNER.sign(link)

    assert SIGNER.read(token, NOW) == link
    assert len(token) == TOKEN_LENGTH
    assert SIGNER.sign(link) == token


def test_a_link_ends_at_its_second_and_says_so() -> None:
    token = SIGNER.sign(a_link(expires_at=NOW))

    assert SIGNER.read(token, NOW - timedelta(seconds=1)).person_id == 12
    with pytest.raises(LinkRefused, match="too old") as refused:
        SIGNER.read(token, NOW)
    assert refused.value.problem is LinkProblem.EXPIRED
    assert refused.value.data["problem"] == "expired"
    assert token not in str(refused.value.data)


def test_links_of_the_key_before_stay_good_under_any_number_until_it_is_removed() -> None:
    token = LinkSigner({1: OLD}, current=1, deployment="d").sign(a_link())

    rotated = LinkSigner({1: NEW, 0: OLD}, current=1, deployment="d")
    assert rotated.read(token, NOW) == a_link()
    assert rotated.sign(a_link()) != token
    with pytest.raises(LinkRefused) as refused:
        LinkSigner({1: NEW}, current=1, deployment="d").read(token, NOW)
    assert refused.value.problem is LinkProblem.FORGED


def test_a_token_tells_nothing_of_the_numbers_it_stands_for() -> None:
    """Whoever has an old mail and the database finds no row by it: no bytes of a token follow a person, a delivery or a day."""
    tokens = [
        a2b_base64(SIGNER.sign(a_link(**changed)).translate(_PLAIN) + "=")
        for changed in ({}, {"delivery_id": 8}, {"person_id": 13}, {"version_id": 4}, {"expires_at": NOW + timedelta(days=15)})
    ]

    assert len({token[:2] for token in tokens}) == 1
    for at, one in enumerate(tokens):
        for other in tokens[:at]:
            assert sum(x == y for x, y in zip(one[2:], other[2:], strict=True)) < 6


@pytest.mark.parametrize(
    ("purpose", "token"),
    [
        (LinkPurpose.ACKNOWLEDGE, "EZgAAAAAAAcAAAAADAAAAAMAaxZ1kGOIo2sekJAW62na75HItjg"),
        (LinkPurpose.PREFERENCES, "EpgAAAAAAAcAAAAADAAAAAMAaxZ1kP1qhQZUJV5B54VIrkqDkok"),
        (LinkPurpose.RESPOND, "E5gAAAAAAAcAAAAADAAAAAMAaxZ1kJI8dWBQ0WE-za1s_jGPH-c"),
        (LinkPurpose.EXPORT, "FJgAAAAAAAcAAAAADAAAAAMAaxZ1kPsloYq85eFqljJ2xr4M1HE"),
        (LinkPurpose.ERASE, "FZgAAAAAAAcAAAAADAAAAAMAaxZ1kPLmRGFpdkKPGJZJL29JIks"),
    ],
)
def test_links_in_mails_of_before_go_on_until_they_are_too_old(purpose: LinkPurpose, token: str) -> None:
    """Format 1, with the numbers in clear, bound to the base URL; made by the program of 30 November 2026."""
    signer = LinkSigner({1: NEW, 0: OLD}, current=1, deployment="a name", address="https://cadence.example.com")

    assert signer.read(token, NOW, purpose=purpose) == a_link(purpose=purpose)
    for other, at in ((signer, NOW + timedelta(days=14)), (LinkSigner({1: OLD}, current=1, address="https://other.example.com"), NOW)):
        with pytest.raises(LinkRefused) as refused:
            other.read(token, at)
        assert refused.value.problem is (LinkProblem.EXPIRED if other is signer else LinkProblem.FORGED)
    for place in range(51):
        changed = token[:place] + ("A" if token[place] != "A" else "Q") + token[place + 1 :]
        with pytest.raises(LinkRefused) as refused:
            signer.read(changed, NOW)
        assert refused.value.problem is LinkProblem.FORGED


def test_a_link_goes_on_when_the_installation_moves_to_another_address() -> None:
    token = LinkSigner({1: NEW}, current=1, deployment="a name", address="http://before.example.com").sign(a_link())

    assert LinkSigner({1: NEW}, current=1, deployment="a name", address="https://after.example.com").read(token, NOW) == a_link()


def test_a_link_of_another_deployment_is_refused() -> None:
    with pytest.raises(LinkRefused, match="not made by us"):
        LinkSigner({1: NEW}, current=1, deployment="https://other.example.com").read(SIGNER.sign(a_link()), NOW)


def test_a_link_is_good_for_its_own_purpose_only() -> None:
    token = SIGNER.sign(a_link(purpose=LinkPurpose.PREFERENCES, version_id=0))

    assert SIGNER.read(token, NOW, purpose=LinkPurpose.PREFERENCES).version_id == 0
    with pytest.raises(LinkRefused) as refused:
        SIGNER.read(token, NOW, purpose=LinkPurpose.ACKNOWLEDGE)
    assert refused.value.problem is LinkProblem.FORGED


@pytest.mark.parametrize(
    "changed",
    [
        {"delivery_id": 2**48}, {"delivery_id": -1}, {"person_id": 2**40}, {"version_id": 2**32},
        {"expires_at": datetime(1969, 12, 31, tzinfo=UTC)},
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit_is_not_signed(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="outside its limits"):
        SIGNER.sign(a_link(**changed))


def test_keys_must_be_long_and_the_current_one_present() -> None:
    with pytest.raises(Invalid, match="fewer than 16"):
        LinkSigner({1: b"short"}, current=1)
    with pytest.raises(Invalid, match="not the number of a key"):
        LinkSigner({1: NEW}, current=2)
