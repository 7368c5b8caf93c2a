"""A digest that leads with a leader's statement is from that leader, and tells what changed in one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import sqlalchemy as sa

from cadence.domain.sending.deliveries import Channel, EmailEnvelope, SlackMessage
from cadence.domain.sending.links import LinkSigner
from cadence.identity.permissions import Role
from cadence.operations.authoring.import_statements import import_statements
from cadence.operations.authoring.preview_message import preview_statement
from cadence.rendering.email import EmailComposer, EmailIdentity
from cadence.rendering.slack import SlackComposer
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.wording import why_line
from cadence.shipped import shipped_folder
from cadence.store.database.core import accounts
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account
from tests.fixtures.builders import NOW, a_person

FILE = """+++
kind = "priority"
title = "Two ways home"
signed_by = "helen@example.com"
+++
Every gauge gets a second way home, because masts fall.
"""


def test_mail_and_slack_come_from_the_leader_who_signs(database: Database) -> None:
    a_person(database, email="ann@example.com", slack="U1")
    helen = make_account(database, [Role.LEADER], now=NOW, email="helen@example.com", name="Helen Mostyn")
    with database.transaction() as connection:
        assert import_statements(connection, [("home.md", FILE.encode())], now=NOW).notes
        connection.execute(sa.update(accounts).where(accounts.c.id == helen).values(sender_name="Helen", reply_to="helen@reply.example"))
        changed = FILE.replace("masts fall", "masts and lines fall").replace("+++\nEvery", 'changed = "Lines count, too."\n+++\nEvery')
        import_statements(connection, [("home.md", changed.encode())], now=NOW)
    links = LinkSigner({1: b"x" * 32}, current=1, deployment="https://c.example")
    folder = TemplateFolder([shipped_folder("messages") / "templates"])
    identity = EmailIdentity(
        company_name="Larkweir",
        from_address="us@c.example",
        from_name="Larkweir",
        reply_to="answers@c.example",
        list_id="c.example",
        message_id_domain="c.example",
        base_url="https://c.example",
    )
    mails = EmailComposer(identity, folder, links)
    slack = SlackComposer(company_name="Larkweir", base_url="https://c.example", templates=folder, links=links)

    def mail_of() -> tuple[str, str]:
        digest = preview_statement(database, email="ann@example.com", slug="home", channel=Channel.EMAIL, now=NOW)
        sent = mails.compose(digest, expires_at=NOW + timedelta(days=1))
        assert isinstance(sent, EmailEnvelope)
        mail = message_from_bytes(sent.content, policy=policy.default)
        return str(mail["From"]), str(mail["Reply-To"])

    assert mail_of() == ("Helen <us@c.example>", "Helen <helen@reply.example>")
    digest = preview_statement(database, email="ann@example.com", slug="home", channel=Channel.SLACK, now=NOW)
    message = slack.compose(digest, expires_at=NOW + timedelta(days=1))
    assert isinstance(message, SlackMessage)
    assert "From Helen." in str(message.blocks[-1])
    told = replace(digest.items[0], changed="Lines count, too.", changed_on=NOW.date(), reason="new_version")
    assert why_line(slack.vocabulary.for_locale("en"), told, year=NOW.year).endswith("Lines count, too.")
    with database.transaction() as connection:
        connection.execute(sa.update(accounts).where(accounts.c.id == helen).values(reply_to="no address"))
    assert mail_of() == ("Larkweir <us@c.example>", "answers@c.example")
