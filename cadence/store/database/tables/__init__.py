"""All tables, and nothing but tables.

A ``table=True`` class validates nothing: values reach it through the domain. Bulk paths use
SQLAlchemy Core on the ``Table`` objects of ``core``. Constraint names follow one
convention so that Alembic finds them again. Change a column: add a migration beside it.
"""

from __future__ import annotations

from cadence.store.database.tables.accounts import (
    AccountRoleRow,
    AccountRow,
    ApiTokenRow,
    DirectoryGroupRow,
    DirectoryMemberRow,
    DirectoryUserRow,
    GroupRoleRow,
    IdempotencyRow,
    SessionRow,
    SignInLinkRow,
)
from cadence.store.database.tables.asking import AnsweringRow, AskedCheckRow, BeliefRow, CompanyLearningRow, OwnWordsRow
from cadence.store.database.tables.audit import AuditEntryRow
from cadence.store.database.tables.batches import AnswerBatchRow
from cadence.store.database.tables.cadences import CadenceRow, LimitSetRow, OccurrenceCountRow, OccurrenceRow, SlotRow
from cadence.store.database.tables.columns import NAMING, metadata
from cadence.store.database.tables.company import CompanySettingRow, ImportRunRow, PutOffRow, RuleVersionRow, SlotExceptionRow, StopRow
from cadence.store.database.tables.drafts import ApprovalRow, DraftRow
from cadence.store.database.tables.estimates import EstimateRow
from cadence.store.database.tables.learning import AttentionRow, CheckAnswerRow, CheckDayRow, ExposureRow, RecallOffsetRow
from cadence.store.database.tables.ledger import AcknowledgementRow, AttemptRow, DeliveryItemRow, DeliveryRow, EvidenceRow
from cadence.store.database.tables.pasts import PastHabitRow, PastPairRow, PastRow
from cadence.store.database.tables.people import AddressRow, AudienceRow, FormerAddressRow, PersonRow
from cadence.store.database.tables.releases import ReleaseRow
from cadence.store.database.tables.returns import (
    ChannelStatusRow,
    DeploymentRow,
    IncomingMailRow,
    MarkRow,
    NoticeRow,
    OAuthTokenRow,
    QuestionRow,
    RevokedLinkRow,
    SlackEventRow,
    TapRow,
)
from cadence.store.database.tables.statements import (
    CheckRow,
    MeasureRow,
    MeasureValueRow,
    StatementRow,
    StatementSupportRow,
    StatementVersionRow,
    WordingRow,
)
from cadence.store.database.tables.webhooks import WebhookEventRow, WebhookRow

__all__ = [
    "NAMING",
    "AccountRoleRow",
    "AccountRow",
    "AcknowledgementRow",
    "AddressRow",
    "AnswerBatchRow",
    "AnsweringRow",
    "ApiTokenRow",
    "ApprovalRow",
    "AskedCheckRow",
    "AttemptRow",
    "AttentionRow",
    "AudienceRow",
    "AuditEntryRow",
    "BeliefRow",
    "CadenceRow",
    "ChannelStatusRow",
    "CheckAnswerRow",
    "CheckDayRow",
    "CheckRow",
    "CompanyLearningRow",
    "CompanySettingRow",
    "DeliveryItemRow",
    "DeliveryRow",
    "DeploymentRow",
    "DirectoryGroupRow",
    "DirectoryMemberRow",
    "DirectoryUserRow",
    "DraftRow",
    "EstimateRow",
    "EvidenceRow",
    "ExposureRow",
    "FormerAddressRow",
    "GroupRoleRow",
    "IdempotencyRow",
    "ImportRunRow",
    "IncomingMailRow",
    "LimitSetRow",
    "MarkRow",
    "MeasureRow",
    "MeasureValueRow",
    "NoticeRow",
    "OAuthTokenRow",
    "OccurrenceCountRow",
    "OccurrenceRow",
    "OwnWordsRow",
    "PastHabitRow",
    "PastPairRow",
    "PastRow",
    "PersonRow",
    "PutOffRow",
    "QuestionRow",
    "RecallOffsetRow",
    "ReleaseRow",
    "RevokedLinkRow",
    "RuleVersionRow",
    "SessionRow",
    "SignInLinkRow",
    "SlackEventRow",
    "SlotExceptionRow",
    "SlotRow",
    "StatementRow",
    "StatementSupportRow",
    "StatementVersionRow",
    "StopRow",
    "TapRow",
    "WebhookEventRow",
    "WebhookRow",
    "WordingRow",
    "metadata",
]
