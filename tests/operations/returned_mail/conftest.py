"""Ana, who was sent a digest, and everything that a mail which comes back may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.operations.returned_mail.ingest import ingest_mail
from cadence.operations.returned_mail.outcomes import Ingested
from cadence.operations.running.notices import list_notices
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.fixtures.returned import RETURN_PATH

OWN = "https://cadence.example.com"
LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, own_address=OWN)
    yield opened
    opened.close()


class World:
    """Ana, who was sent a digest of two statements by mail."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statements = [a_statement(database), a_statement(database)]
        self.ana = a_person(database, email="ana@example.com", slack="U0ANA123", name="Ana")
        self.delivery_id, self.id = self.send(NOW)

    def send(self, at: datetime, **given: Any) -> tuple[int, str]:
        delivery_id = a_delivery(self.database, self.ana, self.statements, at=at, **given)
        return delivery_id, str(self.rows(tables.DeliveryRow, id=delivery_id)[0].public_id)

    def send_to_somebody_else(self) -> str:
        """Return the public id of a mail to another person."""
        other = a_person(self.database, email="bo@example.com")
        return str(self.rows(tables.DeliveryRow, id=a_delivery(self.database, other, self.statements))[0].public_id)

    def read(self, raw: bytes, at: datetime = LATER, **given: Any) -> Ingested:
        answers_to = ("cadence@example.com", "chief@example.com", "answers+{id}@example.com")
        return ingest_mail(self.database, raw, return_path=RETURN_PATH, answers_to=answers_to, now=at, **given)

    def rows(self, model: Any, **where: Any) -> list[Any]:
        table = core.table_of(model)
        with self.database.read() as connection:
            return list(connection.execute(sa.select(table).filter_by(**where).order_by(sa.text("1"))))

    def address(self, channel: str = "email") -> Any:
        return self.rows(tables.AddressRow, person_id=self.ana, channel=channel)[0]

    def notices(self) -> list[str]:
        with self.database.read() as connection:
            return [notice.sentence for notice in list_notices(connection)]

    def state(self) -> list[Any]:
        """Return everything that a mail may change."""
        kept = (
            tables.AddressRow,
            tables.EvidenceRow,
            tables.ExposureRow,
            tables.NoticeRow,
            tables.IncomingMailRow,
            tables.QuestionRow,
            tables.DeliveryRow,
        )
        return [self.rows(model) for model in (*kept, tables.PersonRow)]


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def sqlite_world(sqlite_url: str) -> Iterator[World]:
    """The same on SQLite alone, for long tables of cases; the few tests on both databases say that they agree."""
    opened = Database(sqlite_url, own_address=OWN)
    yield World(opened)
    opened.close()
