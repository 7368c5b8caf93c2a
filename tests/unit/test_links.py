"""Signed links: what goes in comes out, for the right key, purpose, deployment and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.sending.links import TOKEN_LENGTH, Link, LinkProblem, LinkPurpose, LinkRefused, LinkSigner
from cadence.errors import Invalid

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD, NEW = b"old secret of at least 16 bytes", b"new secret of at least 16 bytes"
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
