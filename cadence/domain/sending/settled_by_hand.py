"""What a person says of a message that may or may not have arrived. Pure.

Their word takes effect two minutes later, so that it can be taken back before anything follows from it; until then the delivery stays
unknown, with the word as its reason.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class SettledWord(StrEnum):
    """The word, as it is kept in the reason of the delivery."""

    ARRIVED = "arrived_by_hand"
    AGAIN = "again_by_hand"


#: for so long a word can be taken back
TAKE_BACK = timedelta(minutes=2)
#: a copy that somebody asked for goes out within this time
COPY_WITHIN = timedelta(hours=24)
#: the reason of a delivery that waits for a word after somebody took theirs back
ASKED_AGAIN = "in_doubt_twice"
