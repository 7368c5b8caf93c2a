"""What only a person can settle: that a message in doubt arrived, or that a copy is sent; taken back within two minutes. And a try at once.

The word is kept on the delivery and takes effect in the next ``settle_unknown`` after its time.
"""

from __future__ import annotations

from datetime import datetime

from cadence.domain.audit import Actor, Change
from cadence.domain.sending.settled_by_hand import COPY_WITHIN, TAKE_BACK, SettledWord
from cadence.errors import Conflict
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.sending import delivery_log as rows


def settle_by_hand(database: Database, delivery_id: int, word: SettledWord, *, actor: Actor, now: datetime) -> datetime:
    """Say that a message arrived, or that a copy is sent; return when that takes effect. Raises Conflict when nobody is asked about it."""
    at = now + TAKE_BACK
    with database.transaction() as connection:
        if not rows.say_word(connection, delivery_id, word, settle_at=at, copy_until=at + COPY_WITHIN):
            raise Conflict("this message is not in doubt, or somebody settled it before")
        action = "delivery.arrived" if word is SettledWord.ARRIVED else "delivery.sent_again"
        append(connection, actor, Change(action=action, object_kind="delivery", object_key=str(delivery_id)), at=now)
    return at


def take_back(database: Database, delivery_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back what was said. Raises Conflict when it has taken effect."""
    with database.transaction() as connection:
        if not rows.take_word_back(connection, delivery_id, now=now):
            raise Conflict("this has taken effect already")
        append(connection, actor, Change(action="delivery.asked_again", object_kind="delivery", object_key=str(delivery_id)), at=now)


def retry_now(database: Database, delivery_id: int, *, actor: Actor, now: datetime) -> None:
    """Try a message now that waits for its next try. Raises Conflict when it does not wait for one."""
    with database.transaction() as connection:
        if not rows.try_now(connection, delivery_id, now=now):
            raise Conflict("this message does not wait for another try")
        append(connection, actor, Change(action="delivery.tried_now", object_kind="delivery", object_key=str(delivery_id)), at=now)
