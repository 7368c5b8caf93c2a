"""What ``cadence doctor`` says of returned mail and of what waits for an admin. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cadence.errors import StoreError, TransportError
from cadence.operations.running.doctor import Check, Health
from cadence.operations.running.notices import list_notices
from cadence.store.database.engine import Database
from cadence.store.database.schema_version import require_current

if TYPE_CHECKING:
    from cadence.operations.returned_mail.poll import MailPoller

#: code of the notice that the mailbox moves nothing away (``operations.returned_mail.poll``)
UNMOVED = "mailbox_unmoved"

#: notices told one by one
_TOLD = 3


def inspect_returns(database: Database, poller: MailPoller | None) -> Iterator[Check]:
    """Yield a check of the mailbox when there is one, of a folder that it cannot move mails to, and of the open notices."""
    if poller is not None:
        try:
            yield Check(name="mailbox", health=Health.OK, sentence=poller.check())
        except TransportError as error:
            yield Check(
                name="mailbox", health=Health.FAIL, sentence=str(error), remedy="Check the imap settings, then run cadence mail poll."
            )
    try:
        require_current(database)
        with database.read() as connection:
            waiting = list_notices(connection, role="admin")
    except StoreError:
        return  # the doctor's own check of the database says why
    for notice in [one for one in waiting if one.code == UNMOVED]:
        yield Check(name="mailbox folder", health=Health.WARN, sentence=notice.sentence, remedy=notice.remedy)
        waiting.remove(notice)
    if waiting:
        more = f" And {len(waiting) - _TOLD} more." if len(waiting) > _TOLD else ""
        sentence = " ".join(notice.sentence for notice in waiting[:_TOLD]) + more
        yield Check(name="notices", health=Health.WARN, sentence=sentence, remedy="Run: cadence notices list")
