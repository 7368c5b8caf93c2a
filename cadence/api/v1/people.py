"""People: the list, one person, why they were sent what, and pausing, deactivating and reactivating them.

Lists of people come from the people file or a directory (docs/people.md); nobody is added or erased here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, StrictBool, model_validator

from cadence.api.context import ApiContext, Caller
from cadence.api.guarded import changes, needs
from cadence.api.values import Answer, Body, Cursor, Day, Limit, Slug, read_cursor, write_cursor
from cadence.domain.people.addresses import parse_email
from cadence.errors import NotFound
from cadence.identity.permissions import Permission
from cadence.operations.people.change_person import deactivate_person, pause_person, reactivate_person
from cadence.operations.planning.explain import explain
from cadence.store.people.listing import PeopleFilter, Place, list_page
from cadence.store.people.personal import addresses_of, person_row

#: for how long somebody is new, as on the page
_NEW = timedelta(days=30)
Email = Annotated[str, Path(max_length=400, description="Email address of the person")]
Text = Annotated[str, Query(max_length=200)]


class PersonAnswer(Answer):
    """A person. ``channels``: where they can be reached; an address that is suspended does not count."""

    id: int
    name: str
    email: str
    team: str
    location: str
    paused_until: datetime | None
    deactivated_at: datetime | None
    created_at: datetime
    channels: list[str]


class PeopleAnswer(Answer):
    """A page; those who cannot be reached first, then by name."""

    people: list[PersonAnswer]
    next: str | None


class SentPerson(Body):
    """One change of a person."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1, "maxProperties": 1})

    active: StrictBool | None = Field(default=None, description="false: write to them no more, whatever a directory says; true: again")
    paused_until: Day | None = Field(default=None, description="Hold back everything until that day, at most a year ahead")

    @model_validator(mode="after")
    def _is_one(self) -> SentPerson:
        if (self.active is None) == (self.paused_until is None):
            raise ValueError("say either active or paused_until")
        return self


class PersonState(Answer):
    """How a person is after a change."""

    active: bool
    paused_until: datetime | None
    deactivated_at: datetime | None


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the routes under /people."""

    @api.get("/people", summary="People", **needs(Permission.SEE_PEOPLE))
    def get_people(
        text: Text = "",
        team: Text = "",
        state: Annotated[Literal["", "unreachable", "paused", "new", "left"], Query()] = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> PeopleAnswer:
        """Return a page of those who are on the list. `text`: part of a name or address."""
        after, now = None, context.clock.now()
        if cursor is not None:
            reachable, name, number = read_cursor(cursor, bool, str, int)
            after = Place(reachable=reachable, name=name, id=number)
        with context.database.read() as connection:
            found = list_page(
                connection,
                PeopleFilter(text=text.strip(), team=team, state=state),
                channels=[channel.value for channel in context.channels],
                now=now,
                new_since=now - _NEW,
                after=after,
                limit=limit + 1,
            )
        people = [
            PersonAnswer(
                id=one.id,
                name=one.name,
                email=one.email,
                team=one.team,
                location=one.location,
                paused_until=one.paused_until,
                deactivated_at=one.left_at,
                created_at=one.created_at,
                channels=list(one.channels),
            )
            for one in found[:limit]
        ]
        place = found[limit - 1].place if len(found) > limit else None
        return PeopleAnswer(people=people, next=None if place is None else write_cursor(place.reachable, place.name, place.id))

    @api.get("/people/{email}", summary="One person", **needs(Permission.SEE_PEOPLE))
    def get_person(email: Email) -> PersonAnswer:
        """Return a person, also one who is deactivated."""
        address = parse_email(email)
        with context.database.read() as connection:
            row = person_row(connection, email=address)
            if row is None or row["shared"] or row["erased_at"] is not None:
                raise NotFound(f"there is nobody with the address {address}")
            channels = [one["channel"] for one in addresses_of(connection, row["id"]) if one["suspended_at"] is None]
        return PersonAnswer(channels=channels, **{name: row[name] for name in PersonAnswer.model_fields if name != "channels"})

    @api.patch("/people/{email}", summary="Pause, deactivate or reactivate", **changes(Permission.CHANGE_PEOPLE))
    def patch_person(caller: Caller, email: Email, sent: SentPerson) -> PersonState:
        """Change one thing of a person; 409 when it is so already. `active: true` ends a pause too."""
        now, actor = context.clock.now(), caller.actor
        if sent.paused_until is not None:
            done = pause_person(context.database, email, until=sent.paused_until, now=now, actor=actor)
        elif sent.active:
            done = reactivate_person(context.database, email, now=now, actor=actor)
        else:
            done = deactivate_person(context.database, email, now=now, actor=actor)
        context.forget_report()
        # names nobody: this answer is kept for a day under its Idempotency-Key, where erasing a person does not reach
        return PersonState(active=done.deactivated_at is None, paused_until=done.paused_until, deactivated_at=done.deactivated_at)

    @api.get("/people/{email}/explain", summary="Why a person was sent what, or was not", **needs(Permission.SEE_PEOPLE))
    def get_explanation(email: Email, statement: Slug = None) -> dict[str, Any]:
        """Return what `cadence explain --json` prints."""
        return explain(context.database, email, statement, now=context.clock.now(), channels=context.channels).to_json()
