"""How long what is kept about people stays. Pure values; ``operations.running.retain`` lets go of what is older, once a day.

At the end of its time a thing leaves and what was counted of it stays. Shorter than ``SHORTEST_MEASURE`` an answer may not be
kept: published figures weigh the answers of half a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

#: figures look back 180 days (``domain.measuring``); a step of 14 days may come on top
SHORTEST_MEASURE = 200
#: a people file that nobody takes is let go, and an import can be undone
FILES_KEPT, UNDO_FOR = timedelta(days=1), timedelta(days=30)
MEASURE_DAYS, WORDS_DAYS, REPLIES_DAYS, NOTICES_DAYS = 400, 90, 90, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For each kind of thing how long it stays."""

    #: answers, replies in own words and beliefs; published figures and the sums that correct predictions stay
    answers: timedelta = timedelta(days=MEASURE_DAYS)
    #: evidence of what was sent, seen and done with it, folded into the state of each pair
    evidence: timedelta = timedelta(days=MEASURE_DAYS)
    #: what people wrote in their own words; what it was judged stays with the answer
    own_words: timedelta = timedelta(days=WORDS_DAYS)
    #: what mail servers and Slack said to each try; their codes stay
    replies: timedelta = timedelta(days=REPLIES_DAYS)
    #: notices, from the day they were resolved
    notices: timedelta = timedelta(days=NOTICES_DAYS)
