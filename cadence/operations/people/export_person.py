"""Everything held about one person as one JSON document, in words that stand without our tables.

The person alone is handed the whole of it, by their own link. What an admin exports leaves out all that comes from answers and taps,
and names what it left out. The shape is documented in docs/people.md and changes only with ``VERSION``. Instants are ISO 8601 with
offset; ids of our tables stay inside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.people.addresses import parse_email
from cadence.errors import Conflict, NotFound
from cadence.operations.people.own_record import chosen_text, record_lines
from cadence.operations.planning.explain_deliveries import told_item_reason, told_reason
from cadence.store.database.engine import Database, privacy_mode
from cadence.store.people import personal as rows
from cadence.store.planning.explanations import last_sent

FORMAT = "cadence-person"
VERSION = 2

_PERSON = (
    "email", "name", "zone", "country", "locale", "team", "location", "manager_email", "started_on", "external", "attributes",
    "employee_id", "slack_guest", "deactivated_by",
)  # fmt: skip
_PERSON_DATES = ("created_at", "deactivated_at", "erased_at")
_WISHES = ("preferred_channel", "preferred_day", "preferred_time", "preferred_locale", "fewer_until", "paused_until")
_DELIVERY = ("public_id", "cadence", "channel", "state", "reason", "send_after", "finished_at")
_ITEM = ("statement", "title", "version", "wording", "reason", "times_sent_before", "showing")
_ATTEMPT = ("number", "started_at", "finished_at", "outcome", "provider_code", "provider_id", "reply")
_EVIDENCE = ("source_id", "level", "channel", "occurred_at", "seen", "outcome", "options", "retracts", "detail")
_ASKED = ("reason", "asked_day", "predicted", "shown_before", "silent_before")
_ANSWERING = ("asked", "answered", "acknowledgeable", "acknowledged", "noise")
_OWN_WORDS = ("kind", "words", "judgement", "confidence", "judged_by", "offered_at", "said_at", "judged_at")
_EXPOSURE = ("times_sent", "encoded", "stability", "difficulty", "seen_sum", "seen_variance", "unanswered")


def export_person(database: Database, email: str, *, now: datetime) -> dict[str, Any]:
    """Return what an admin may take out about the person with that address: nothing that comes from answers and taps.

    Raises Invalid for text that is no address, NotFound for nobody.
    """
    address = parse_email(email)
    with database.read() as connection:
        row = rows.person_row(connection, email=address)
        if row is None:
            raise NotFound(f"there is nobody with the address {address}")
        return _for_others(_document(connection, row, now), connection, row)


def export_own(database: Database, person_id: int, *, now: datetime) -> dict[str, Any]:
    """Return the document about the person with that id: what their own page hands out. Raises NotFound, or Conflict once erased."""
    with database.read() as connection:
        row = rows.person_row(connection, person_id=person_id)
        if row is None:
            raise NotFound("This link belongs to a person who is no longer known here.")
        if row["erased_at"] is not None:
            raise Conflict("What was on record about the person this link belonged to was erased.")
        return _document(connection, row, now)


def as_json(document: dict[str, Any]) -> str:
    """Return the document as text that ends with a line end."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _document(connection: Connection, person: rows.Row, now: datetime) -> dict[str, Any]:
    held, names = rows.held_about(connection, person["id"]), rows.statement_names(connection)

    def titled(row: rows.Row, *fields: str) -> dict[str, Any]:
        name = names.get(row["statement_id"])
        return {"statement": name.slug if name else None, "title": name.title if name else None} | _some(row, fields)

    document = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now,
        "person": _some(person, (*_PERSON, *_PERSON_DATES)),
        "preferences": _some(person, _WISHES),
        "addresses": [_some(r, ("channel", "value", "suspended_at", "suspended_reason", "failure_score")) for r in held["addresses"]],
        "former_addresses": [_some(r, ("value", "until")) for r in held["former_addresses"]],
        "statements": [
            {
                "statement": line.slug,
                "title": line.title,
                "times_sent": line.times_sent,
                "last_sent": line.last_sent,
                "likely_seen": {"likely": line.seen.likely, "low": line.seen.low, "high": line.seen.high},
                "acknowledged_at": line.acknowledged_at,
            }
            for line in record_lines(held, names)
        ],
        "memory": [titled(r, *_EXPOSURE) for r in held["exposures"]],
        "attention": [_some(r, ("channel", "responses", "silences", "silent_in_row")) for r in held["attention"]],
        "recall_offset": [_some(r, ("score", "information")) for r in held["recall_offsets"]],
        "folded": {
            "before": [_some(r, ("until_day", *_ANSWERING[:4], "score", "information")) for r in held["pasts"]],
            "memory": [titled(r, *_EXPOSURE) for r in held["past_pairs"]],
            "attention": [_some(r, ("channel", "responses", "silences", "silent_in_row")) for r in held["past_habits"]],
        },
        "deliveries": [
            _some(r, _DELIVERY)
            | {"statements": [_some(i, _ITEM) for i in r["items"]], "attempts": [_some(a, _ATTEMPT) for a in r["attempts"]]}
            for r in held["deliveries"]
        ],
        "evidence": [titled(r, *_EVIDENCE) for r in held["evidence"]],
        "acknowledgements": [titled(r, "method", "acknowledged_at") for r in held["acknowledgements"]],
        "check_answers": [
            titled(r, "channel", "answered_at", "options", "right", "plain", "predicted")
            | {"chosen": chosen_text(r), "right_answer": r["right_text"]}
            for r in held["check_answers"]
        ],
        "questions_asked": [titled(r, *_ASKED) for r in held["asked_checks"]],
        "answering": [_some(r, _ANSWERING) for r in held["answering"]],
        "own_words": [
            titled(r, *_OWN_WORDS) | {"named": [names[one].slug for one in r["named"] if one in names]} for r in held["own_words"]
        ],
        "beliefs": [titled(r, "belief", "said_at") for r in held["beliefs"]],
        "taps": [titled(r, "kind", "channel", "tapped_at", "undone_at") for r in held["taps"]],
        "questions": [titled(r, "channel", "text", "asked_at", "closed_at") for r in held["questions"]],
        "incoming_mails": [_some(r, ("kind", "received_at", "detail")) for r in held["incoming_mails"]],
        "accounts": [_some(r, ("email", "name", "locale", "created_at", "signed_in_at", "ended_at")) for r in held["accounts"]],
        "roles": [_some(r, ("role", "source", "granted_at")) for r in held["account_roles"]],
        "sessions": [_some(r, ("method", "browser", "created_at", "seen_at", "ended_at")) for r in held["sessions"]],
        "groups": [r["name"] for r in held["directory_members"]],
        "directory": [_some(r, ("user_name", "external_id", "said", "changed_at")) for r in held["directory_users"]],
        "notices": [titled(r, "role", "code", "detail", "raised_at", "resolved_at") for r in held["notices"]],
    }
    plain: dict[str, Any] = _plain(document)
    return plain


#: what is told to the person alone
_OWN = ("memory", "folded", "attention", "recall_offset", "check_answers", "questions_asked", "answering", "own_words", "beliefs", "taps")
#: facts of sending; each other one is a response, or that there was none
_OF_SENDING = ("sent", "bounce", "unsent", "post")


def _for_others(document: dict[str, Any], connection: Connection, person: rows.Row) -> dict[str, Any]:
    """Return the document without what comes from answers and taps; ``left_out`` names it."""
    by_name = privacy_mode(connection).tells_by_name
    must = {name.slug for name in rows.statement_names(connection).values() if name.must_acknowledge or by_name}
    kept = {key: value for key, value in document.items() if key not in _OWN}
    sent = last_sent(connection, person["id"])
    by_slug = {name.slug: sent.get(statement_id) for statement_id, name in rows.statement_names(connection).items()}
    kept["statements"] = [
        {key: value for key, value in line.items() if key != "likely_seen"}
        # the text under an answer counts as a showing, and would tell that there was one
        | {"times_sent": found.times if (found := by_slug.get(line["statement"])) is not None else 0}
        | {"last_sent": found.at.isoformat() if found is not None else None}
        | {"acknowledged_at": line["acknowledged_at"] if line["statement"] in must else None}
        for line in sorted(document["statements"], key=lambda line: str(line["statement"]))
        if by_slug.get(line["statement"]) is not None or line["statement"] in must
    ]
    kept["acknowledgements"] = [one for one in document["acknowledgements"] if one["statement"] in must]
    kept["evidence"] = [one | {"seen": None} for one in document["evidence"] if one["source_id"].partition(":")[0] in _OF_SENDING]
    kept["deliveries"] = [
        one
        | {"reason": told_reason(one["reason"], own=False)}
        | {"statements": [item | {"reason": told_item_reason(item["reason"], own=False)} for item in one["statements"]]}
        for one in document["deliveries"]
    ]
    kept["preferences"] = {key: value for key, value in document["preferences"].items() if key != "fewer_until"}
    return kept | {"left_out": [*_OWN, "evidence of responses", "likely_seen", "fewer_until"]}


def _some(row: rows.Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime | date) else value
