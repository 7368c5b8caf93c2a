"""Who may do what: one table that pages, API and commands pass through. Source: the site map of the design.

A role is what somebody is; a permission is one thing that can be done. What one may not see does not exist for them (404).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is. Everybody who signs in is an EMPLOYEE; MANAGER comes from the directory."""

    LEADER = "leader"
    AUTHOR = "author"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"
    MANAGER = "manager"
    EMPLOYEE = "employee"


class Permission(StrEnum):
    """One thing that can be done; also the scopes of API tokens."""

    SEE_RESULTS = "see_results"  # home, guesses, what is known
    GUESS = "guess"
    SEE_STATEMENTS = "see_statements"  # their texts
    SEE_CONFIRMATIONS = "see_confirmations"  # of the own people, for a manager
    WRITE = "write"
    APPROVE = "approve"
    PUBLISH = "publish"  # and retire
    ENTER_VALUES = "enter_values"  # of scoreboards
    SEE_CALENDAR = "see_calendar"
    MOVE_CALENDAR = "move_calendar"
    SEE_QUESTIONS = "see_questions"
    ANSWER_QUESTIONS = "answer_questions"
    SEE_REVIEW = "see_review"
    SEE_PEOPLE = "see_people"
    CHANGE_PEOPLE = "change_people"
    SEE_RHYTHM = "see_rhythm"
    CHANGE_RHYTHM = "change_rhythm"
    SEE_CHANNELS = "see_channels"
    STOP_SENDING = "stop_sending"  # and start, test, pause a channel
    SEE_DELIVERIES = "see_deliveries"
    SETTLE_DELIVERIES = "settle_deliveries"
    MANAGE_ACCESS = "manage_access"
    SEE_AUDIT = "see_audit"
    CHANGE_COMPANY = "change_company"
    SEE_TEAM = "see_team"
    SEE_METRICS = "see_metrics"
    SEE_OWN_PAGE = "see_own_page"


_P = Permission

#: the table
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.LEADER: frozenset(
            {
                _P.SEE_RESULTS,
                _P.GUESS,
                _P.SEE_STATEMENTS,
                _P.SEE_CONFIRMATIONS,
                _P.WRITE,
                _P.APPROVE,
                _P.PUBLISH,
                _P.ENTER_VALUES,
                _P.SEE_CALENDAR,
                _P.MOVE_CALENDAR,
                _P.SEE_QUESTIONS,
                _P.ANSWER_QUESTIONS,
                _P.SEE_REVIEW,
            }
        ),
        Role.AUTHOR: frozenset({_P.SEE_STATEMENTS, _P.WRITE, _P.ENTER_VALUES, _P.SEE_CALENDAR, _P.SEE_QUESTIONS}),
        Role.APPROVER: frozenset({_P.SEE_STATEMENTS, _P.APPROVE}),
        Role.ADMIN: frozenset(
            {
                _P.SEE_CALENDAR,
                _P.SEE_PEOPLE,
                _P.CHANGE_PEOPLE,
                _P.SEE_RHYTHM,
                _P.CHANGE_RHYTHM,
                _P.SEE_CHANNELS,
                _P.STOP_SENDING,
                _P.SEE_DELIVERIES,
                _P.SETTLE_DELIVERIES,
                _P.MANAGE_ACCESS,
                _P.SEE_AUDIT,
                _P.CHANGE_COMPANY,
                _P.SEE_METRICS,
            }
        ),
        Role.AUDITOR: frozenset({_P.SEE_STATEMENTS, _P.SEE_CONFIRMATIONS, _P.SEE_REVIEW, _P.SEE_RHYTHM, _P.SEE_DELIVERIES, _P.SEE_AUDIT}),
        Role.MANAGER: frozenset({_P.SEE_TEAM, _P.SEE_CONFIRMATIONS}),
        Role.EMPLOYEE: frozenset({_P.SEE_OWN_PAGE}),
    }
)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return all that somebody with these roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
