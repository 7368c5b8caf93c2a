"""The tables as SQLAlchemy Core knows them, for bulk paths and queries that build no objects.

One typed place: SQLModel does not tell a type checker of ``__table__``.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from cadence.store.database.tables import (
    AccountRoleRow,
    AccountRow,
    AcknowledgementRow,
    AddressRow,
    AnswerBatchRow,
    AnsweringRow,
    ApiTokenRow,
    ApprovalRow,
    AskedCheckRow,
    AttemptRow,
    AttentionRow,
    AudienceRow,
    AuditEntryRow,
    BeliefRow,
    CadenceRow,
    ChannelStatusRow,
    CheckAnswerRow,
    CheckDayRow,
    CheckRow,
    CompanyLearningRow,
    CompanySettingRow,
    DeliveryItemRow,
    DeliveryRow,
    DeploymentRow,
    DirectoryGroupRow,
    DirectoryMemberRow,
    DirectoryUserRow,
    DraftRow,
    EstimateRow,
    EvidenceRow,
    ExposureRow,
    FormerAddressRow,
    GroupRoleRow,
    IdempotencyRow,
    ImportRunRow,
    IncomingMailRow,
    LimitSetRow,
    MarkRow,
    MeasureRow,
    MeasureValueRow,
    NoticeRow,
    OAuthTokenRow,
    OccurrenceCountRow,
    OccurrenceRow,
    OwnWordsRow,
    PastHabitRow,
    PastPairRow,
    PastRow,
    PersonRow,
    PutOffRow,
    QuestionRow,
    RecallOffsetRow,
    ReleaseRow,
    RevokedLinkRow,
    RuleVersionRow,
    SessionRow,
    SignInLinkRow,
    SlackEventRow,
    SlotExceptionRow,
    SlotRow,
    StatementRow,
    StatementSupportRow,
    StatementVersionRow,
    StopRow,
    TapRow,
    WebhookEventRow,
    WebhookRow,
    WordingRow,
)


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of ``model``, a ``table=True`` class."""
    return cast(Table, vars(model)["__table__"])


account_roles = table_of(AccountRoleRow)
accounts = table_of(AccountRow)
acknowledgements = table_of(AcknowledgementRow)
addresses = table_of(AddressRow)
answer_batches = table_of(AnswerBatchRow)
answering = table_of(AnsweringRow)
api_tokens = table_of(ApiTokenRow)
approvals = table_of(ApprovalRow)
asked_checks = table_of(AskedCheckRow)
attempts = table_of(AttemptRow)
attention = table_of(AttentionRow)
audiences = table_of(AudienceRow)
audit_entries = table_of(AuditEntryRow)
beliefs = table_of(BeliefRow)
cadences = table_of(CadenceRow)
channel_status = table_of(ChannelStatusRow)
check_answers = table_of(CheckAnswerRow)
check_days = table_of(CheckDayRow)
checks = table_of(CheckRow)
company_learning = table_of(CompanyLearningRow)
company_settings = table_of(CompanySettingRow)
deliveries = table_of(DeliveryRow)
delivery_items = table_of(DeliveryItemRow)
deployments = table_of(DeploymentRow)
directory_groups = table_of(DirectoryGroupRow)
directory_members = table_of(DirectoryMemberRow)
directory_users = table_of(DirectoryUserRow)
drafts = table_of(DraftRow)
estimates = table_of(EstimateRow)
evidence = table_of(EvidenceRow)
exposures = table_of(ExposureRow)
former_addresses = table_of(FormerAddressRow)
group_roles = table_of(GroupRoleRow)
idempotency_keys = table_of(IdempotencyRow)
import_runs = table_of(ImportRunRow)
incoming_mails = table_of(IncomingMailRow)
limit_sets = table_of(LimitSetRow)
marks = table_of(MarkRow)
measure_values = table_of(MeasureValueRow)
measures = table_of(MeasureRow)
notices = table_of(NoticeRow)
oauth_tokens = table_of(OAuthTokenRow)
occurrence_counts = table_of(OccurrenceCountRow)
occurrences = table_of(OccurrenceRow)
own_words = table_of(OwnWordsRow)
past_habits = table_of(PastHabitRow)
past_pairs = table_of(PastPairRow)
pasts = table_of(PastRow)
people = table_of(PersonRow)
put_off = table_of(PutOffRow)
questions = table_of(QuestionRow)
recall_offsets = table_of(RecallOffsetRow)
releases = table_of(ReleaseRow)
revoked_links = table_of(RevokedLinkRow)
rule_versions = table_of(RuleVersionRow)
sessions = table_of(SessionRow)
sign_in_links = table_of(SignInLinkRow)
slack_events = table_of(SlackEventRow)
slot_exceptions = table_of(SlotExceptionRow)
slots = table_of(SlotRow)
statement_supports = table_of(StatementSupportRow)
statement_versions = table_of(StatementVersionRow)
statements = table_of(StatementRow)
stops = table_of(StopRow)
taps = table_of(TapRow)
webhook_events = table_of(WebhookEventRow)
webhooks = table_of(WebhookRow)
wordings = table_of(WordingRow)
