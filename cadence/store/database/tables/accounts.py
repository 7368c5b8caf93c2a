"""Who may come in: accounts, their roles, sessions, links that sign in once, and tokens of programs.

Secrets are kept as hashes (``store.identity``), or sealed (``operations.sending.token_vault``). An account is never deleted: what it
changed stays its work; it ends.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from cadence.store.database.tables.columns import instant, json_object, key, reference, text_column, word, word_list


class AccountRow(SQLModel, table=True):
    """Somebody who signs in. ``email`` is matched like that of people: lower case, IDNA domain."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    id: int | None = key()
    #: the same human in the directory; NULL: on no list (an outside auditor, the first admin)
    person_id: int | None = reference("people.id", nullable=True, index=True)
    email: str = text_column(unique=True)
    name: str = text_column()
    #: language of the pages; empty: what the browser asks for
    locale: str = word()
    #: who an OpenID provider says it is; NULL until the first sign-in by it
    issuer: str | None = text_column(nullable=True)
    subject: str | None = text_column(nullable=True)
    #: how digests of this leader are signed and answered; empty: the company's own
    sender_name: str = word()
    reply_to: str = word()
    #: the break-glass password (argon2) and its second factor (sealed), with the last time step that was used
    password_hash: str | None = text_column(nullable=True)
    totp_secret: str | None = text_column(nullable=True)
    totp_step: int = Field(default=0, sa_column=Column(Integer(), nullable=False, server_default="0"))
    #: hashes of recovery codes that were not used yet
    recovery: list[str] = word_list()
    created_at: datetime = instant(nullable=False)
    signed_in_at: datetime | None = instant()
    #: may not sign in any more
    ended_at: datetime | None = instant()


class AccountRoleRow(SQLModel, table=True):
    """One role of an account (``identity.permissions.Role``). ``source``: "hand", "group" (of the provider or SCIM) or "directory"."""

    __tablename__ = "account_roles"
    account_id: int = reference("accounts.id", primary_key=True)
    role: str = Field(sa_column=Column(Text(), primary_key=True))
    source: str = Field(sa_column=Column(Text(), primary_key=True))
    granted_at: datetime = instant(nullable=False)
    granted_by: int | None = reference("accounts.id", nullable=True)


class GroupRoleRow(SQLModel, table=True):
    """Members of this group, by the provider's group claim or SCIM, hold this role."""

    __tablename__ = "group_roles"
    group_name: str = Field(sa_column=Column(Text(), primary_key=True))
    role: str = Field(sa_column=Column(Text(), primary_key=True))


class SessionRow(SQLModel, table=True):
    """One signed-in browser; its cookie holds the token, the row its hash."""

    __tablename__ = "sessions"
    id: int | None = key()
    token_hash: str = text_column(unique=True)
    account_id: int = reference("accounts.id", index=True)
    #: "company" | "link" | "password"
    method: str = text_column()
    #: what the browser calls itself, cut short, for "signed in on"
    browser: str = word()
    created_at: datetime = instant(nullable=False)
    seen_at: datetime = instant(nullable=False)
    ends_at: datetime = instant(nullable=False)
    ended_at: datetime | None = instant()


class SignInLinkRow(SQLModel, table=True):
    """A link that signs in once. ``purpose``: "sign_in", "first_admin" or "invited"."""

    __tablename__ = "sign_in_links"
    id: int | None = key()
    token_hash: str = text_column(unique=True)
    #: NULL: makes the first admin
    account_id: int | None = reference("accounts.id", nullable=True)
    purpose: str = text_column()
    #: path of ours that was asked for
    next_path: str = word()
    created_at: datetime = instant(nullable=False)
    ends_at: datetime = instant(nullable=False)
    used_at: datetime | None = instant()


class ApiTokenRow(SQLModel, table=True):
    """What a program shows. ``kind``: "api" or "scim"; ``scopes``: names of ``identity.permissions.Permission``."""

    __tablename__ = "api_tokens"
    id: int | None = key()
    token_hash: str = text_column(unique=True)
    #: its last four characters, to tell tokens apart
    hint: str = text_column()
    name: str = text_column()
    kind: str = text_column()
    scopes: list[str] = word_list()
    account_id: int | None = reference("accounts.id", nullable=True)
    created_at: datetime = instant(nullable=False)
    ends_at: datetime = instant(nullable=False)
    used_at: datetime | None = instant()
    revoked_at: datetime | None = instant()


class IdempotencyRow(SQLModel, table=True):
    """The answer that a request with this key had; the same key again is given it again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("token_id", "key"), Index("ix_idempotency_keys_at", "at"))
    id: int | None = key()
    token_id: int = reference("api_tokens.id")
    key: str = text_column()
    #: hash of method, path and body: another request under the same key is refused
    request_hash: str = text_column()
    status: int = Field(default=0, sa_column=Column(Integer(), nullable=False, server_default="0"))
    headers: dict[str, Any] = json_object()
    body: bytes = Field(default=b"", sa_column=Column(LargeBinary(), nullable=False))
    at: datetime = instant(nullable=False)


class DirectoryUserRow(SQLModel, table=True):
    """What SCIM says of one person, as it said it: asked again it is told the same."""

    __tablename__ = "directory_users"
    person_id: int = reference("people.id", primary_key=True)
    #: in lower case
    user_name: str = text_column(unique=True)
    #: the id that the provider gives; empty: none
    external_id: str = Field(default="", sa_column=Column(Text(), nullable=False, server_default=text("''"), index=True))
    #: the attributes of ``scim.models.User`` that it may say, and nothing else of what it sends
    said: dict[str, Any] = json_object()
    changed_at: datetime = instant(nullable=False)


class DirectoryGroupRow(SQLModel, table=True):
    """A group that SCIM told of."""

    __tablename__ = "directory_groups"
    id: int | None = key()
    #: the id that SCIM clients know it by
    public_id: str = text_column(unique=True)
    name: str = text_column()
    external_id: str = word()
    created_at: datetime = instant(nullable=False)
    changed_at: datetime = instant(nullable=False)


class DirectoryMemberRow(SQLModel, table=True):
    """One person in such a group."""

    __tablename__ = "directory_members"
    group_id: int = reference("directory_groups.id", primary_key=True)
    person_id: int = reference("people.id", primary_key=True)
