"""Who wrote a mail: one address by a strict grammar (CVE-2023-27043), and what our own server found out (RFC 8601)."""

from __future__ import annotations

import pytest

from cadence.channels.email.parts import read
from cadence.channels.email.senders import proof_of, sole_sender
from tests.fixtures.returned import an_answer

OURS = "mx.example.com"


def sender(value: str) -> str:
    return sole_sender(read(f"From: {value}\nTo: x@y.zz\n\nx".encode()))


@pytest.mark.parametrize(
    "value",
    [
        "ana@example.com",
        "<ana@example.com>",
        "Ana <ana@example.com>",
        "Ana Ruiz <Ana@Example.com>",
        '"Ruiz, Ana" <ana@example.com>',
        '"mallory@evil.test" <ana@example.com>',
        '"A \\" <m@evil.test>" <ana@example.com>',
        "=?utf-8?q?Ana_Ru=C3=ADz?= <ana@example.com>",
        "Ana Ruíz <ana@example.com>",
        "=?utf-8?q?Ruiz,_Ana?= =?utf-8?B?bUBldmlsLnRlc3Q=?= <ana@example.com>",
        "Ana (the first) Ruiz <ana@example.com> (work (mostly))",
        "ana@example.com (Ana)",
        "Ana. R. Ruiz\n <ana@example.com>",
        "Dr. Ana <ana@example.com>",
    ],
)
def test_one_address_is_the_sender(value: str) -> None:
    assert sender(value) == "ana@example.com"


@pytest.mark.parametrize(
    "value",
    [
        # CVE-2023-27043: what parseaddr took for an address
        "alice@example.org)bob@example.com",
        "alice@example.org(bob@example.com",
        "alice@example.org<bob@example.com>",
        "alice@example.org>bob@example.com",
        "alice@example.org@bob@example.com",
        "alice@example.org,bob@example.com",
        "alice@example.org;bob@example.com",
        "alice@example.org:bob@example.com",
        "alice@example.org.bob@example.com@",
        'alice@example.org"bob@example.com',
        "alice@example.org[bob@example.com",
        "alice@example.org]bob@example.com",
        "<alice@example.org>bob@example.com",
        "alice@example.org <bob@example.com>",
        "alice@example.org (bob@example.com)",
        # two, none, or not told apart
        "Doe, Jo <ana@example.com>",
        "ana@example.com, bo@example.com",
        "Ana <ana@example.com> <bo@example.com>",
        "staff: ana@example.com, bo@example.com;",
        "staff:;",
        "Ana <>",
        "<ana@example.com",
        "ana@example.com>",
        "ana@[127.0.0.1]",
        "ana@",
        "@example.com",
        "<@relay:ana@example.com>",
        "ana",
        '"ana@example.com"',
        "ana @example.com",
        "ana@example..com",
        "",
        "(" * 500,
        "a " * 500 + "<",
        '"' * 501,
    ],
)
def test_anything_else_is_nobody(value: str) -> None:
    assert sender(value) == ""


def test_two_from_lines_name_nobody() -> None:
    assert sole_sender(read(an_answer(headers="From: bo@example.com\n"))) == ""


def proven(*results: str, address: str = "ana@example.com", trusted: str = OURS) -> bool:
    lines = "".join(f"Authentication-Results: {one}\n" for one in results)
    return proof_of(read(an_answer(headers=lines)), trusted).holds_for(address)


@pytest.mark.parametrize(
    "result",
    [
        f"{OURS}; dmarc=pass header.from=example.com",
        f"{OURS}; spf=none smtp.mailfrom=x.test; dkim=pass (2048-bit key) header.d=example.com header.s=s1",
        f"{OURS} 1; dkim=pass header.i=@example.com",
        "MX.Example.com; spf=pass smtp.mailfrom=bounce@example.com",
        f'"{OURS}"; dmarc=pass (p=REJECT) header.from="example.com"',
        f"{OURS}; auth=pass smtp.auth=ana@example.com",
        f"{OURS}; dkim=fail header.d=evil.test; dkim=pass header.d=example.com",
        f"{OURS};\n\tdmarc=pass\n\theader.from=example.com",
        f"(comment) {OURS} (more; dmarc=none); dmarc=pass header.from=example.com",
    ],
)
def test_what_our_own_server_found_out_proves_the_sender(result: str) -> None:
    assert proven(result)


@pytest.mark.parametrize(
    "results",
    [
        (),
        ("mx.evil.test; dmarc=pass header.from=example.com",),
        ("mx.example.com.evil.test; dmarc=pass header.from=example.com",),
        (f"mx.evil.test {OURS}; dmarc=pass header.from=example.com",),
        ("; dmarc=pass header.from=example.com",),
        (f"{OURS}; none",),
        (f"{OURS}; dmarc=fail header.from=example.com",),
        (f"{OURS}; dmarc=fail header.from=example.com; spf=pass smtp.mailfrom=example.com",),
        (f"{OURS}; dkim=pass header.d=evil.test; spf=pass smtp.mailfrom=m@evil.test",),
        (f"{OURS}; dkim=pass header.d=notexample.com",),
        (f"{OURS}; dkim=pass header.d=com",),
        (f"{OURS}; dkim=neutral (dkim=pass header.d=example.com) header.d=x.test",),
        (f'{OURS}; dkim=fail reason="dkim=pass header.d=example.com"; spf=none',),
        (f"{OURS}; dmarc=temperror header.from=example.com",),
        (f"{OURS}; auth=pass smtp.auth=bo@example.com",),
        (f"{OURS} dmarc=pass header.from=example.com",),
        # only the topmost of our server's counts: whoever sends a mail can send one along
        (f"{OURS}; dmarc=none", f"{OURS}; dmarc=pass header.from=example.com"),
        ("x" * 4_000 + f"; {OURS}; dmarc=pass header.from=example.com",),
    ],
)
def test_nothing_else_does(results: tuple[str, ...]) -> None:
    assert not proven(*results)


def test_without_a_trusted_server_nobody_is_proven() -> None:
    assert not proven(f"{OURS}; dmarc=pass header.from=example.com", trusted="")
    assert not proven("; dmarc=pass header.from=example.com", trusted="")


def test_a_part_of_the_domain_is_proven_by_it() -> None:
    assert proven(f"{OURS}; dkim=pass header.d=example.com", address="ana@mail.example.com")
    assert not proven(f"{OURS}; dkim=pass header.d=mail.example.com", address="ana@example.com")
