"""What simulated people say back, recorded as real answers and acknowledgements are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.domain.deliveries import AcknowledgeMethod
from cadence.operations.acknowledge import acknowledge
from cadence.operations.answer_check import answer_check, look_check
from cadence.store.database import Database
from cadence.store.simulated import Showing


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one person says about one showing: a check answered right or wrong, or (``right`` None) an acknowledgement."""

    showing: Showing
    at: datetime
    right: bool | None


def record_responses(database: Database, responses: Sequence[Response]) -> None:
    """Record what was said, in the order it was said."""
    for response in sorted(responses, key=lambda r: r.at):
        showing = response.showing
        if response.right is None:
            acknowledge(
                database,
                person_id=showing.person_id,
                version_id=showing.version_id,
                delivery_id=showing.delivery_id,
                method=AcknowledgeMethod.LINK,
                now=response.at,
            )
            continue
        choice = _choice(database, response)
        answer_check(
            database,
            person_id=showing.person_id,
            version_id=showing.version_id,
            delivery_id=showing.delivery_id,
            choice=choice,
            channel=showing.channel,
            now=response.at,
        )


def _choice(database: Database, response: Response) -> int:
    showing = response.showing
    question = look_check(
        database, person_id=showing.person_id, version_id=showing.version_id, delivery_id=showing.delivery_id
    ).question
    return question.right if response.right else (question.right + 1) % len(question.options)
