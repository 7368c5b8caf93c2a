"""Compose the mail of a digest: one multipart message with all content as HTML and as plain text.

Owns the headers and the order: one statement in full, the others in a sentence, at most one question (an opening round has up
to three), the foot. What many people share is rendered once (``email_pieces``); a message costs its gaps, a few links and a
join. No pixel, no redirect. Headers: RFC 5322, 2369, 2919, 3834, 8058.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from html import escape

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import Digest, DigestItem, EmailEnvelope
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.sending.return_path import PLACE, return_address
from cadence.errors import ConfigError, Invalid, RenderError
from cadence.rendering.blocks import Block
from cadence.rendering.email_pieces import MailPieces
from cadence.rendering.mime import Fragment, address_header, assemble, check_address, format_date, fragment, header, token_header
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.wording import foot_line, greeting_line, question_head, questions_asked, subject_line, why_line
from cadence.rendering.words import Vocabulary, Words, load_words

log = logging.getLogger("cadence.rendering")

#: mail programs cut HTML off at about 100 kB
WARN_BYTES = 80_000
MAX_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailIdentity:
    """Who the mail is from. ``base_url`` has no slash at its end; ``list_id`` is a domain name (RFC 2919)."""

    company_name: str
    from_address: str
    from_name: str = ""
    #: the name below each mail; empty: ``from_name``, else the company
    signed: str = ""
    #: of links and buttons ("#0b5a5c"); empty: that of the templates
    colour: str = ""
    #: with "{id}" as in ``return_path``: an answer that comes there is from somebody who has the message
    reply_to: str = ""
    list_id: str
    message_id_domain: str
    base_url: str
    #: envelope sender with "{id}" for the delivery's public id; empty: ``from_address``
    return_path: str = ""


class _Writing:
    """One message that is being put together: its fragments, and the gaps of whichever part is next."""

    def __init__(self) -> None:
        self.html: list[Fragment] = []
        self.text: list[Fragment] = []
        self.in_html: dict[str, Fragment] = {}
        self.in_text: dict[str, Fragment] = {}
        self.size = 0

    def say(self, gap: str, pair: tuple[Fragment, Fragment]) -> None:
        """Fill a gap with a sentence."""
        self.in_html[gap], self.in_text[gap] = pair

    def link(self, gap: str, token: str) -> None:
        """Fill a gap with a token."""
        self.in_html[gap] = self.in_text[gap] = token.encode() + b"=\r\n"

    def add(self, html: Block, text: Block) -> None:
        """Append a part with the gaps as they are."""
        html.fill(self.html, self.in_html)
        text.fill(self.text, self.in_text)
        self.size += html.size


class EmailComposer:
    """Turns digests into mail. Raises ConfigError at once when a template or an address of ours is wrong."""

    def __init__(
        self, identity: EmailIdentity, templates: TemplateFolder, links: LinkSigner, *, vocabulary: Vocabulary | None = None
    ) -> None:
        self._identity = identity
        self._links = links
        self._vocabulary = vocabulary or load_words(templates)
        self._said = lru_cache(maxsize=4096)(_encode_twice)
        try:
            self._mail_from = _own_address(identity.from_address)
            self._constant = lru_cache(maxsize=64)(self._constant_headers)
            self._constant("", "")
            self._answer_address("0" * 24)
            # the pieces of each leader who signs are made once
            self._signed = lru_cache(maxsize=16)(partial(self._pieces_of, templates))
            self._pieces = self._signed(identity.signed or identity.from_name or identity.company_name)
        except RenderError as error:
            name = error.data.get("template")
            raise ConfigError(templates.locate(name, error.data["fault"]) if name else f"email: {error}") from None
        except ValueError as error:
            raise ConfigError(f"email: {error}") from None

    def compose(self, digest: Digest, *, expires_at: datetime) -> EmailEnvelope:
        """Return the mail of ``digest``; its links are good until ``expires_at``. The same digest gives the same bytes.

        A question that is answered already is left out. Raises RenderError when it cannot be a mail: a wrong address, a control
        character in a header, more than 100 kB.
        """
        identity, said = self._identity, self._said
        questions = questions_asked(digest)
        if not digest.items and not questions:
            raise RenderError("the digest holds no statement and no question")
        words = self._vocabulary.for_locale(digest.locale)
        address, smtputf8 = check_address(digest.address)
        preferences = self._token(LinkPurpose.PREFERENCES, digest, 0, expires_at)
        on = digest.local_date or digest.dated.astimezone(zone(digest.zone)).date()
        subject = subject_line(words, digest)
        lead = digest.items[0] if digest.items else None
        signed, reply_to = (lead.signed_by, lead.reply_to) if lead is not None else ("", "")
        pieces = self._signed(signed) if signed else self._pieces
        writing, shell = _Writing(), pieces.shells[words.language]
        writing.say("greeting", said(greeting_line(words, digest)))
        writing.say("preview", said(" · ".join(item.title for item in digest.items[1:]) or subject))
        writing.say("date", said(words.long_date(on)))
        writing.say("because", said(foot_line(words, digest, identity.company_name)))
        writing.link("preferences", preferences)
        writing.add(shell.html[0], shell.text[0])
        if digest.items:
            self._add_lead(writing, digest, digest.items[0], words, year=on.year, expires_at=expires_at)
        if len(digest.items) > 1:
            self._add_others(writing, digest, words, year=on.year, expires_at=expires_at)
        still = [one for one in questions if one.check.chosen is None]
        for asked in still:
            head, is_last = question_head(words, digest, asked), asked is still[-1]
            piece = self._pieces.question(asked, words, head=head, is_last=is_last)
            writing.link("respond", self._token(LinkPurpose.RESPOND, digest, asked.version_id, expires_at))
            writing.add(piece.html, piece.text)
        writing.add(shell.html[1], shell.text[1])
        if writing.size > WARN_BYTES:
            self._complain(writing.size, digest)
        message_id = f"<{digest.public_id}@{identity.message_id_domain}>"
        headers = b"".join(
            (
                token_header("Date", format_date(digest.dated)),
                token_header("Message-ID", message_id),
                *self._own_headers(signed, reply_to, digest.public_id),
                address_header("To", digest.person_name.strip(), address),
                header("Subject", subject),
                b"List-Unsubscribe:\r\n <" + f"{identity.base_url}/p/{preferences}".encode() + b">\r\n",
            )
        )
        return EmailEnvelope(
            mail_from=return_address(identity.return_path, digest.public_id) if identity.return_path else self._mail_from,
            rcpt_to=address,
            content=assemble(headers, writing.text, writing.html),
            message_id=message_id,
            smtputf8=smtputf8,
        )

    def _add_lead(self, writing: _Writing, digest: Digest, item: DigestItem, words: Words, *, year: int, expires_at: datetime) -> None:
        piece = self._pieces.leading(item, words)
        writing.say("why", self._said(why_line(words, item, year=year)))
        writing.link("respond", self._token(LinkPurpose.RESPOND, digest, item.version_id, expires_at))
        if item.acknowledged_on is not None:
            writing.say("acknowledged", self._said(words.say("acknowledged_on", date=words.long_date(item.acknowledged_on))))
        elif item.must_acknowledge:
            writing.link("acknowledge", self._token(LinkPurpose.ACKNOWLEDGE, digest, item.version_id, expires_at))
        writing.add(piece.html, piece.text)

    def _add_others(self, writing: _Writing, digest: Digest, words: Words, *, year: int, expires_at: datetime) -> None:
        around = self._pieces.others[words.language]
        writing.add(around.html[0], around.text[0])
        for item in digest.items[1:]:
            piece = self._pieces.brief(item, words)
            writing.say("why", self._said(why_line(words, item, year=year, is_brief=True)))
            writing.link("respond", self._token(LinkPurpose.RESPOND, digest, item.version_id, expires_at))
            writing.add(piece.html, piece.text)
        writing.add(around.html[1], around.text[1])

    def _token(self, purpose: LinkPurpose, digest: Digest, version_id: int, expires_at: datetime) -> str:
        link = Link(
            purpose=purpose, delivery_id=digest.delivery_id, person_id=digest.person_id, version_id=version_id, expires_at=expires_at
        )
        try:
            return self._links.sign(link)
        except Invalid as error:
            raise RenderError(f"the links of the message cannot be made: {error}") from None

    def _complain(self, size: int, digest: Digest) -> None:
        if size > MAX_BYTES:
            raise RenderError(
                f"the mail would have {size} bytes of HTML; mail programs cut it off at {MAX_BYTES}. Send fewer statements in one digest."
            )
        log.warning("event=email.large delivery=%s bytes=%d", digest.public_id, size)

    def _own_headers(self, signed: str, reply_to: str, public_id: str) -> tuple[bytes, bytes]:
        """Return From and what goes with it, and where answers go; those of the company where a leader's cannot stand in a mail."""
        try:
            return self._constant(signed, reply_to), b"" if reply_to else self._answer_address(public_id)
        except (RenderError, ValueError):
            return self._constant("", ""), self._answer_address(public_id)

    def _answer_address(self, public_id: str) -> bytes:
        """Return the Reply-To that this one message holds, nothing when all have the same."""
        pattern = self._identity.reply_to
        return address_header("Reply-To", "", _own_address(return_address(pattern, public_id))) if PLACE in pattern else b""

    def _pieces_of(self, templates: TemplateFolder, signed: str) -> MailPieces:
        one = self._identity
        return MailPieces(templates, self._vocabulary, company=one.company_name, signed=signed, base_url=one.base_url, colour=one.colour)

    def _constant_headers(self, signed: str, reply_to: str) -> bytes:
        """Return the headers that messages signed by one leader share; empty: by the company."""
        identity = self._identity
        lines = [address_header("From", signed or identity.from_name, self._mail_from)]
        if reply_to:
            lines.append(address_header("Reply-To", signed, _own_address(reply_to)))
        elif identity.reply_to and PLACE not in identity.reply_to:
            lines.append(address_header("Reply-To", "", _own_address(identity.reply_to)))
        lines += [
            token_header("List-Id", f"<{identity.list_id}>"),
            token_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            token_header("Auto-Submitted", "auto-generated"),
            token_header("X-Auto-Response-Suppress", "All"),
        ]
        return b"".join(lines)


def _own_address(address: str) -> str:
    """Return one of our own addresses. It must be ASCII, or every mail would need SMTPUTF8."""
    checked, smtputf8 = check_address(address)
    if smtputf8:
        raise RenderError("our own addresses must be ASCII before the @, or most mail servers refuse every message")
    return checked


def _encode_twice(sentence: str) -> tuple[Fragment, Fragment]:
    """Return a sentence as a fragment of HTML and of plain text."""
    return fragment(escape(sentence)), fragment(sentence)
