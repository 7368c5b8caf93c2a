"""The sentences of an explanation: one for every rule of the planner and every fact on record, by key, with named fields.

Nothing else tells them, so that a page, a command and the API say the same and one file is translated. Which sentence
holds is decided by ``operations.planning.explain``; reasons of deliveries and items, which are stored codes: ``telling``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from cadence.domain.planning.trace import Rule
from cadence.rendering.telling import tell_instant

#: about the person
PERSON = {
    "left": "{name} left the list on {at} and gets no more messages.",
    "paused": "Messages are paused until {until}.",
    "no_address": "There is no address for this person, so nothing can be sent.",
    "reached": "Reached on {channels}.",
    "reached_by_choice": "Reached on {channels}, by own choice {first} first.",
    "suspended": "The address on {channels} is suspended because the service refused it.",
    "week": "This week: {digests} of at most {most_digests} digests, {statements} of at most {most_statements} statements.",
    "no_cadence": "No active cadence includes this person.",
}

#: about the next turn of a cadence; the second sentence stands behind one of the first two
NEXT = {
    "due": "“{cadence}” is next due {at}.",
    "overdue": "“{cadence}” is next due {at} (overdue: waiting for the next tick).",
    "reminder": "A reminder from “{cadence}” is due {at}.",
    "nothing": "Nothing goes out then, because {reason}.",
    "sends": "It goes out {when} by {channel} with {titles}.",
}

#: what one statement has been to the person
FACTS = {
    "never_delivered": "“{title}” has not been delivered yet.",
    "delivered": "“{title}” was delivered {times}{quarter}, last {at}{channel}{wording}.",
    "delivered_some_day": "“{title}” was delivered {times}.",
    "in_quarter": ", {times} this quarter",
    "by_channel": " by {channel}",
    "in_wording": ", in the wording “{wording}”",
    "acknowledged": "It was acknowledged {at}.",
    "to_acknowledge": "It asks to be acknowledged and was not acknowledged yet.",
    "came_because": "It came then because {reason}.",
    "planned": "It is in the digest planned for {at}.",
    "not_in_force": "It is not in force, so it is not sent.",
    "withdrawn": "It was withdrawn {at}, so it is not sent.",
    "person_left": "The person left the list, so it is not sent any more.",
    "recall": "The model predicts, from what was shown and what came back, a chance of {chance} to recall it today.",
    "seen": "It was probably seen about {likely} times.",
    "seen_between": "It was probably seen about {likely} times (between {low} and {high}).",
    "too_early": "It is too early to say whether it was seen: a delivery is judged after three days without a response.",
    "fewer": "This person asked to get it less often, so its gaps are longer until {until}.",
    "wanted_again": "It is wanted again about {due}, when the prediction nears the {target} aimed at; the first turn after that is {slot}.",
    "not_brought_at_all": "No active cadence that includes this person brings it.",
}

#: why one statement does not come in one turn, for each rule of the planner
HELD = {
    Rule.NOT_BROUGHT: "“{cadence}” does not bring it.",
    Rule.NOT_IN_EFFECT: "It takes effect on {date} and is not sent before.",
    Rule.NOT_MEANT: "It is meant for the audience {audience}, to which this person does not belong.",
    Rule.NOT_REMINDED: "The reminder from “{cadence}”, {at}, is about other statements.",
    Rule.RESTING: (
        "“{cadence}”, {at}: held. It is paused for this person until {until}, because they said that they know it "
        "or because it was shown very often."
    ),
    Rule.SLICE_WAITS: "“{cadence}”, {at}: held. Chance put it on a fixed cadence of {every} days, to compare with.",
    Rule.WORN_OUT: "“{cadence}”, {at}: held. It was probably seen ten times in 90 days, so it is paused for {days} days from then on.",
    Rule.NOT_REACHED: (
        "“{cadence}”, {at}: held. {times} deliveries in a row stayed without any response, so this person counts as not reached."
    ),
    Rule.CAP_RULE: "“{cadence}”, {at}: held. The rule “{rule}” leaves no room for it.",
    Rule.TOO_SOON: "“{cadence}”, {at}: held. The same statement comes at most once in {gap} days, so not before {date}.",
    Rule.KNOWN: (
        "“{cadence}”, {at}: held, because it is thought to be known; it comes again when the prediction falls below {target}, "
        "or after {longest} days."
    ),
    Rule.NO_ROOM: "“{cadence}”, {at}: held. It is number {place} of {of} in the rotation ({order} first), and {bound}.",
}

#: what one turn does with one statement otherwise
TURN = {
    "comes": "“{cadence}”, {at}: it comes, because {reason}.",
    "skipped": "“{cadence}”, {at}: nothing goes out, because {reason}.",
    "open_adaptive": (
        "“{cadence}” brings it when a person's predicted recall falls below {target}, at the latest {longest} days after the last time, "
        "at most {most} statements in a digest. What is predicted of a person is told to that person alone."
    ),
    "open_fixed": (
        "“{cadence}” brings what this person has not seen for longest, at most {most} statements in a digest. "
        "What a person asked to get less often is told to that person alone."
    ),
}

#: what bounds a digest, and what its order is
PARTS = {
    "most_in_digest": "a digest holds at most {room}",
    "most_in_week": "the most statements in a week leave room for {room}",
    "most_by_rule": "the rule “{rule}” leaves room for {room}",
    "adaptive": "least likely to be recalled",
    "fixed": "longest unseen",
    "by_rule": "the rule “{rule}” leaves no room for it",
}

_ALL: Mapping[str, str] = {**PERSON, **NEXT, **FACTS, **{f"held_{rule}": text for rule, text in HELD.items()}, **TURN, **PARTS}


def say(key: str, zone: str, /, **fields: object) -> str:
    """Return the sentence ``key`` with its fields filled in; instants are told in ``zone``, dates as ISO 8601."""
    return _ALL[key].format_map({name: _told(value, zone) for name, value in fields.items()})


def say_held(rule: Rule, zone: str, /, **fields: object) -> str:
    """Return the sentence for a rule that keeps a statement out."""
    return say(f"held_{rule}", zone, **fields)


def _told(value: object, zone: str) -> str:
    if isinstance(value, datetime):
        return tell_instant(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)
