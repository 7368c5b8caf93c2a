"""A leader who pastes a link from their own digest into a statement would hand it to everybody: it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.errors import Invalid
from cadence.operations.authoring.draft import Draft, check_draft, publish_draft
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW

_SIGNER = LinkSigner({1: b"0123456789abcdef"}, current=1)
TOKEN = _SIGNER.sign(Link(purpose=LinkPurpose.RESPOND, delivery_id=1, person_id=1, version_id=1, expires_at=NOW + timedelta(days=14)))


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("body", [f"Answer here: https://cadence.example.com/c/{TOKEN}", f"Answer [here](https://x.example/c/{TOKEN})."])
def test_a_personal_link_in_a_statement_is_refused_without_being_shown(database: Database, body: str) -> None:
    draft = Draft(kind="value", title="Repair before replace", body=body)
    for write in (check_draft, publish_draft):
        with pytest.raises(Invalid, match="made for one person") as refused:
            write(database, draft, now=NOW)
        assert TOKEN not in str(refused.value)


@pytest.mark.databases("sqlite")
def test_every_other_link_may_stand_in_one(database: Database) -> None:
    draft = Draft(kind="value", title="Repair before replace", body="On the road we mend: https://example.com/c/handbook\n")
    assert check_draft(database, draft, now=NOW)[0].slug == "repair-before-replace"
