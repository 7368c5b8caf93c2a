"""Digests and composers for the rendering tests, with plain defaults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, DigestQuestion, EmailEnvelope, MeasureReading
from cadence.domain.sending.links import LinkSigner
from cadence.rendering.email import EmailComposer, EmailIdentity
from cadence.rendering.slack import SlackComposer
from cadence.rendering.templates import TemplateFolder
from cadence.shipped import shipped_folder

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EXPIRES = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
BASE = "https://cadence.example.com"
SHIPPED = shipped_folder("messages") / "templates"
TEMPLATES = TemplateFolder([SHIPPED])
SIGNER = LinkSigner({1: b"a secret of the rendering tests"}, current=1, deployment=BASE)
IDENTITY = EmailIdentity(
    company_name="Wetherby Gauges",
    from_address="cadence@example.com",
    from_name="Carvalho, Ines",
    reply_to="chief@example.com",
    list_id="cadence.example.com",
    message_id_domain="example.com",
    base_url=BASE,
)
MEASURES = (
    MeasureReading(name="Readings on time", unit="%", baseline=94.1, target=99.5, value=97.8, value_on=date(2026, 10, 31)),
    MeasureReading(name="Faults open", unit="", baseline=40, target=10, value=25, value_on=date(2026, 11, 1)),
    MeasureReading(name="Parts in hand", unit="in 100", baseline=64, target=90, value=None, value_on=None),
)
ITEM = DigestItem(
    position=1,
    statement_id=1,
    slug="an-honest-gap",
    kind="value",
    title="An honest gap beats a guessed number",
    version_id=11,
    body="When we do not trust a reading, we show a **gap** and say why.",
    wording_id=111,
    wording_name="story",
    wording="In April a gauge read [a steady 2.41 metres](https://example.com/april).",
    must_acknowledge=True,
    supports=("Nobody is surprised by their river",),
    times_sent_before=2,
    showing=3,
)
QUESTION = DigestQuestion(
    statement_id=5,
    slug="mend-before-you-build",
    kind="priority",
    title="Mend before you build",
    version_id=15,
    check=CheckQuestion(check_id=5, options=("We build first.", "We mend first.", "We buy first.", "We wait & see <b>first</b>."), right=1),
)


def an_item(**changed: Any) -> DigestItem:
    return replace(ITEM, **changed)


def a_digest(*items: DigestItem, **changed: Any) -> Digest:
    plain: dict[str, Any] = {
        "delivery_id": 77,
        "public_id": "01hzx3k9q2m4",
        "person_id": 12,
        "person_name": "Ana Example",
        "locale": "en",
        "zone": "Europe/Berlin",
        "address": "ana@example.com",
        "dated": NOW,
        "items": items or (ITEM,),
        "cadence_name": "Monday and Thursday",
        "local_date": date(2026, 11, 23),
    }
    return Digest(**{**plain, **changed})


def email_composer(templates: TemplateFolder = TEMPLATES) -> EmailComposer:
    return EmailComposer(IDENTITY, templates, SIGNER)


def slack_composer() -> SlackComposer:
    return SlackComposer(company_name="Wetherby Gauges", base_url=BASE, templates=TEMPLATES, links=SIGNER)


def parsed(envelope: EmailEnvelope) -> EmailMessage:
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def html_of(envelope: EmailEnvelope) -> str:
    return _body(envelope, "html")


def text_of(envelope: EmailEnvelope) -> str:
    return _body(envelope, "plain")


def _body(envelope: EmailEnvelope, kind: str) -> str:
    part = parsed(envelope).get_body((kind,))
    assert part is not None
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")
