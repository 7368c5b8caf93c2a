"""Who may change the list of people cannot send an admin's links elsewhere by giving the admin another address."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cadence.identity.matching import account_for
from cadence.identity.permissions import Role
from cadence.operations.people.change_person import move_person
from cadence.store.database.core import people
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account
from tests.fixtures.builders import NOW, a_person


@pytest.fixture
def admin(database: Database) -> int:
    """Rachel, an admin by hand, whom a directory gave another address."""
    person = a_person(database, email="rachel@example.com", name="Rachel Okafor")
    number = make_account(database, [Role.ADMIN], now=NOW, email="rachel@example.com", person_id=person)
    with database.transaction() as connection:
        connection.execute(sa.update(people).where(people.c.id == person).values(email="evil@example.com"))
    return number


def opened(database: Database, email: str) -> int | None:
    """Return the account that an address signs in to."""
    with database.transaction() as connection:
        return account_for(connection, email, now=NOW)


def test_a_role_given_by_hand_follows_no_directory(database: Database, admin: int) -> None:
    assert opened(database, "evil@example.com") is None
    assert opened(database, "rachel@example.com") is None


def test_not_when_somebody_else_takes_the_old_address_either(database: Database, admin: int) -> None:
    a_person(database, email="rachel@example.com", name="Rachel Other")
    assert opened(database, "rachel@example.com") not in (None, admin)
    assert opened(database, "evil@example.com") is None


def test_it_follows_when_an_admin_moves_the_person(database: Database, admin: int) -> None:
    move_person(database, "evil@example.com", "rachel.o@example.com", now=NOW)
    assert opened(database, "rachel.o@example.com") == admin


def test_everybody_else_goes_on_by_their_new_address(database: Database) -> None:
    person = a_person(database, email="ann@example.com", name="Ann Lee")
    own = opened(database, "ann@example.com")
    with database.transaction() as connection:
        connection.execute(sa.update(people).where(people.c.id == person).values(email="ann.hart@example.com"))
    assert opened(database, "ann.hart@example.com") == own
