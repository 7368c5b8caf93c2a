"""Compose the mail of a digest: one multipart message with all content as HTML and as plain text.

Owns the headers and what goes where. The shell (per language) and the statements (per version, wording and
language) are rendered once and kept as encoded fragments; a message costs only its gaps, three links and a join.
No pixel, no redirect. Headers: RFC 5322, 2369, 2919, 3834, 8058. Files: messages/templates/email, docs/templates.md.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

import css_inline
from markupsafe import Markup
from mjml import mjml2html

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, EmailEnvelope
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.sending.return_path import PLACE, return_address
from cadence.errors import ConfigError, Invalid, RenderError
from cadence.rendering.blocks import Block, BlockCache, Marks
from cadence.rendering.markdown import to_html, to_text
from cadence.rendering.mime import Fragment, address_header, assemble, check_address, format_date, fragment, header, token_header
from cadence.rendering.templates import TemplateFolder, compile_template, render
from cadence.rendering.wording import because_line, show_measure, why_line
from cadence.rendering.words import Vocabulary, Words, load_words

log = logging.getLogger("cadence.rendering")

#: mail programs cut HTML off at about 100 kB
WARN_BYTES = 80_000
MAX_BYTES = 100_000
#: rendered statements kept; one takes about 10 kB
MAX_BLOCKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailIdentity:
    """Who the mail is from. ``base_url`` has no slash at its end; ``list_id`` is a domain name (RFC 2919)."""

    company_name: str
    from_address: str
    from_name: str = ""
    #: with "{id}" as in ``return_path``: an answer that comes there is from somebody who has the message
    reply_to: str = ""
    list_id: str
    message_id_domain: str
    base_url: str
    #: envelope sender with "{id}" for the delivery's public id; empty: ``from_address``
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class _Shell:
    """What stands around the statements in one language."""

    html: tuple[Block, Block]
    text: tuple[Block, Block]
    size: int


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement ready to be joined; ``source`` is what it was made from."""

    source: tuple[object, ...]
    html: Block
    text: Block


@dataclass(frozen=True, slots=True)
class _Ask:
    """A check ready to be joined: between each two fragments stands the token of its links."""

    html: tuple[Fragment, ...]
    text: tuple[Fragment, ...]
    size: int


class EmailComposer:
    """Turns digests into mail. Raises ConfigError at once when a template or an address of ours is wrong."""

    def __init__(
        self, identity: EmailIdentity, templates: TemplateFolder, links: LinkSigner, *, vocabulary: Vocabulary | None = None
    ) -> None:
        self._identity = identity
        self._links = links
        self._vocabulary = vocabulary or load_words(templates)
        self._marks = Marks()
        self._statements: BlockCache[_Statement] = BlockCache(MAX_BLOCKS)
        self._asks: BlockCache[_Ask] = BlockCache(MAX_BLOCKS)
        self._said = lru_cache(maxsize=4096)(_encode_twice)
        self._read_templates(templates)
        try:
            self._mail_from = _own_address(identity.from_address)
            self._constant = self._constant_headers()
            self._answer_address("0" * 24)
            self._shells = {language: self._shell(words) for language, words in self._vocabulary.words.items()}
            for words in self._vocabulary.words.values():
                self._try_out(words)
        except RenderError as error:
            name = error.data.get("template")
            raise ConfigError(templates.locate(name, error.data["fault"]) if name else f"email: {error}") from None
        except ValueError as error:
            raise ConfigError(f"email: {error}") from None

    def compose(self, digest: Digest, *, expires_at: datetime) -> EmailEnvelope:
        """Return the mail of ``digest``; its links are good until ``expires_at``. The same digest gives the same bytes.

        Raises RenderError when it cannot be a mail: a wrong address, a control character in a header, more than 100 kB.
        """
        identity, said = self._identity, self._said
        if not digest.items:
            raise RenderError("the digest holds no statement")
        words = self._vocabulary.for_locale(digest.locale)
        shell = self._shells[words.language]
        address, smtputf8 = check_address(digest.address)
        preferences = self._token(LinkPurpose.PREFERENCES, digest, 0, expires_at)
        greeting = words.say("greeting", name=digest.person_name) if digest.person_name.strip() else words.say("greeting_nameless")
        on = digest.local_date or digest.dated.astimezone(zone(digest.zone)).date()
        shared: dict[str, tuple[Fragment, Fragment]] = {
            "greeting": said(greeting),
            "lead": said(words.count("lead", len(digest.items), company=identity.company_name)),
            "preview": said(" · ".join(item.title for item in digest.items)),
            "date": said(words.long_date(on)),
            "because": said(because_line(words, digest.cadence_name, identity.company_name)),
        }
        token = preferences.encode() + b"=\r\n"
        in_html: dict[str, Fragment] = {gap: pair[0] for gap, pair in shared.items()}
        in_text: dict[str, Fragment] = {gap: pair[1] for gap, pair in shared.items()}
        in_html["preferences"] = in_text["preferences"] = token
        html: list[Fragment] = []
        text: list[Fragment] = []
        shell.html[0].fill(html, in_html)
        shell.text[0].fill(text, in_text)
        size = shell.size
        for item in digest.items:
            statement = self._statement(item, words)
            token = self._token(LinkPurpose.RESPOND, digest, item.version_id, expires_at).encode() + b"=\r\n"
            in_html["respond"] = in_text["respond"] = token
            if item.check is not None and item.check.chosen is None:
                ask = self._ask(item.check, words)
                in_html["check"], in_text["check"] = token.join(ask.html), token.join(ask.text)
                size += ask.size
            in_html["why"], in_text["why"] = said(why_line(words, item, year=on.year))
            if item.acknowledged_on is not None:
                in_html["acknowledged"], in_text["acknowledged"] = said(
                    words.say("acknowledged_on", date=words.long_date(item.acknowledged_on))
                )
            elif item.must_acknowledge:
                token = self._token(LinkPurpose.ACKNOWLEDGE, digest, item.version_id, expires_at).encode() + b"=\r\n"
                in_html["acknowledge"] = in_text["acknowledge"] = token
            statement.html.fill(html, in_html)
            statement.text.fill(text, in_text)
            size += statement.html.size
        shell.html[1].fill(html, in_html)
        shell.text[1].fill(text, in_text)
        if size > WARN_BYTES:
            self._complain(size, digest)
        message_id = f"<{digest.public_id}@{identity.message_id_domain}>"
        headers = b"".join(
            (
                token_header("Date", format_date(digest.dated)),
                token_header("Message-ID", message_id),
                self._constant,
                self._answer_address(digest.public_id),
                address_header("To", digest.person_name.strip(), address),
                header("Subject", self._subject(digest, words)),
                b"List-Unsubscribe:\r\n <" + f"{identity.base_url}/p/{preferences}".encode() + b">\r\n",
            )
        )
        return EmailEnvelope(
            mail_from=return_address(identity.return_path, digest.public_id) if identity.return_path else self._mail_from,
            rcpt_to=address,
            content=assemble(headers, text, html),
            message_id=message_id,
            smtputf8=smtputf8,
        )

    def _subject(self, digest: Digest, words: Words) -> str:
        first, more = digest.items[0].title, len(digest.items) - 1
        return words.count("subject_more", more, title=first) if more else words.say("subject_one", title=first)

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

    def _answer_address(self, public_id: str) -> bytes:
        """Return the Reply-To that this one message holds, nothing when all have the same."""
        pattern = self._identity.reply_to
        return address_header("Reply-To", "", _own_address(return_address(pattern, public_id))) if PLACE in pattern else b""

    def _constant_headers(self) -> bytes:
        identity = self._identity
        lines = [address_header("From", identity.from_name, self._mail_from)]
        if identity.reply_to and PLACE not in identity.reply_to:
            lines.append(address_header("Reply-To", "", _own_address(identity.reply_to)))
        lines += [
            token_header("List-Id", f"<{identity.list_id}>"),
            token_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            token_header("Auto-Submitted", "auto-generated"),
            token_header("X-Auto-Response-Suppress", "All"),
        ]
        return b"".join(lines)

    def _read_templates(self, folder: TemplateFolder) -> None:
        head, css = folder.template("email/head.mjml"), folder.template("email/digest.css")
        self._css = css
        self._shell_html = compile_template("email/digest.mjml", _mjml("digest", head, folder.template("email/digest.mjml")), html=True)
        item = _mjml("item", head, f"<mj-raw>{_EDGE}</mj-raw>{folder.template('email/item.mjml')}<mj-raw>{_EDGE}</mj-raw>")
        self._item_html = compile_template("email/item.mjml", item.split(_EDGE)[1], html=True)
        self._shell_text = compile_template("email/digest.txt", folder.template("email/digest.txt"), html=False)
        self._check_html = compile_template("email/check.html", folder.template("email/check.html"), html=True)
        self._check_text = compile_template("email/check.txt", folder.template("email/check.txt"), html=False)
        self._item_text = compile_template("email/item.txt", folder.template("email/item.txt"), html=False)

    def _shell(self, words: Words) -> _Shell:
        marks, gaps = self._marks, ("greeting", "lead", "preview", "date", "because", "items")
        values: dict[str, Any] = {gap: marks[gap] for gap in gaps}
        values |= {
            "words": words.texts,
            "company": self._identity.company_name,
            "lang": words.language.replace("_", "-"),
            "dir": words.direction,
        }
        values["preferences_url"] = f"{self._identity.base_url}/p/{marks['preferences']}"
        html = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False, extra_css=self._css).inline(
            # what MJML writes into the head is meant for programs that read the head; inlined it would only be repeated
            render(self._shell_html, "email/digest.mjml", values).replace("<style", '<style data-css-inline="ignore"')
        )
        around = _around(marks, html, "email/digest.mjml")
        text = _around(marks, render(self._shell_text, "email/digest.txt", values), "email/digest.txt")
        return _Shell(html=around, text=text, size=around[0].size + around[1].size)

    def _statement(self, item: DigestItem, words: Words) -> _Statement:
        state = "done" if item.acknowledged_on is not None else "ask" if item.must_acknowledge else ""
        asks = item.check is not None and item.check.chosen is None
        key = (item.version_id, item.wording_id, words.language, state, asks)
        source = (item.title, item.kind, item.wording, item.body, item.supports, item.measures)
        kept = self._statements.get(key)
        if kept is not None and kept.source == source:
            return kept
        html, text = self._rendered(item, words, state, asks)
        made = _Statement(source, self._marks.block(html), self._marks.block(text))
        self._statements.put(key, made)
        return made

    def _ask(self, question: CheckQuestion, words: Words) -> _Ask:
        key = (question, words.language)
        kept = self._asks.get(key)
        if kept is None:
            html, text = map(self._marks.block, self._rendered_check(question, words))
            kept = _Ask(html.literals, text.literals, html.size)
            self._asks.put(key, kept)
        return kept

    def _rendered_check(self, question: CheckQuestion, words: Words) -> tuple[str, str]:
        values = {"words": words.texts, "options": question.options, "respond_url": f"{self._identity.base_url}/c/{self._marks['respond']}"}
        html = css_inline.CSSInliner(load_remote_stylesheets=False).inline_fragment(
            render(self._check_html, "email/check.html", values), self._css
        )
        return html, render(self._check_text, "email/check.txt", values)

    def _rendered(self, item: DigestItem, words: Words, state: str, asks: bool) -> tuple[str, str]:
        marks, whole = self._marks, item.wording != item.body
        values: dict[str, Any] = {
            "words": words.texts,
            "kind": words.kind(item.kind),
            "title": item.title,
            "measures": [show_measure(words, measure) for measure in item.measures],
            "serves": words.say("serves", titles=" · ".join(item.supports)) if item.supports else "",
            "why": marks["why"],
            "check": marks["check"] if asks else "",
            "respond_url": f"{self._identity.base_url}/c/{marks['respond']}",
            "acknowledge_url": f"{self._identity.base_url}/a/{marks['acknowledge']}" if state == "ask" else "",
            "acknowledge_which": words.say("acknowledge_which", title=item.title),
            "acknowledged": marks["acknowledged"] if state == "done" else "",
        }
        written = {"wording_html": Markup(to_html(item.wording)), "statement_html": Markup(to_html(item.body)) if whole else ""}
        spoken = {"wording_text": to_text(item.wording), "statement_text": to_text(item.body) if whole else ""}
        html = css_inline.CSSInliner(load_remote_stylesheets=False).inline_fragment(
            render(self._item_html, "email/item.mjml", {**values, **written}), self._css
        )
        return html, render(self._item_text, "email/item.txt", {**values, **spoken})

    def _try_out(self, words: Words) -> None:
        """Render every branch once, so that a wrong template stops the start and not a message."""
        for state in ("", "ask", "done"):
            for rendered in self._rendered(_SAMPLE, words, state, asks=True):
                self._marks.block(rendered)
        for rendered in self._rendered_check(_QUESTION, words):
            if set(self._marks.block(rendered).gaps) - {"respond"}:
                raise RenderError("a check holds only its options and links")


_EDGE = "<!-- cadence edge -->"
_BODY = re.compile(r"<mj-body\b([^>]*?)/?>")
_INSIDE_BODY = re.compile(r"(<body\b[^>]*>)(.*)(</body>)", re.DOTALL)
_QUESTION = CheckQuestion(check_id=1, options=("One", "Two", "Three"), right=0)
_SAMPLE = DigestItem(
    position=1,
    statement_id=1,
    slug="sample",
    kind="value",
    title="Sample",
    version_id=1,
    body="Sample",
    wording_id=1,
    wording_name="story",
    wording="Other words",
    must_acknowledge=True,
    supports=("Sample",),
)


def _mjml(name: str, head: str, body: str) -> str:
    """Return the HTML of an MJML body with our head; Jinja placeholders pass through it unchanged."""
    # the compiler passes over what mj-attributes say of mj-body itself
    found = _BODY.search(head)
    page = f"<mj-body{found[1] if found else ''}>{body}</mj-body>"
    try:
        html = str(mjml2html(f'<mjml lang="{{{{ lang }}}}" dir="{{{{ dir }}}}"><mj-head>{head}</mj-head>{page}</mjml>'))
    except ValueError as error:
        raise ConfigError(f"email/{name}.mjml or email/head.mjml: {error}") from None
    # the compiler makes the page an article, which is no landmark that a screen reader could jump to
    return _INSIDE_BODY.sub(r'\1<div role="main">\2</div>\3', html)


def _around(marks: Marks, rendered: str, name: str) -> tuple[Block, Block]:
    """Return what stands before and behind the statements. Raises RenderError naming the template when they have no one place."""
    try:
        return marks.around(rendered, "items")
    except RenderError as error:
        raise RenderError(str(error), template=name, fault=str(error)) from None


def _own_address(address: str) -> str:
    """Return one of our own addresses. It must be ASCII, or every mail would need SMTPUTF8."""
    checked, smtputf8 = check_address(address)
    if smtputf8:
        raise RenderError("our own addresses must be ASCII before the @, or most mail servers refuse every message")
    return checked


def _encode_twice(sentence: str) -> tuple[Fragment, Fragment]:
    """Return a sentence as a fragment of HTML and of plain text."""
    return fragment(escape(sentence)), fragment(sentence)
