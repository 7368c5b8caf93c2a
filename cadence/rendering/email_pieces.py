"""The parts of a digest mail that many people share: the shell of a language, statements, questions.

Owns what a template is given and that each part is rendered once: per version, wording and language, then kept as encoded
fragments with gaps for what belongs to one person. Which parts a mail has and its headers: ``email``. Files:
messages/templates/email, docs/templates.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import css_inline
from markupsafe import Markup
from mjml import mjml2html

from cadence.domain.colours import lightened
from cadence.domain.sending.deliveries import CheckQuestion, DigestItem, DigestQuestion
from cadence.errors import ConfigError, RenderError
from cadence.rendering.blocks import Block, BlockCache, Marks
from cadence.rendering.markdown import to_html, to_text
from cadence.rendering.shortening import brief_of, shortened
from cadence.rendering.templates import TemplateFolder, compile_template, render
from cadence.rendering.wording import FORGOT_CHOICE, MOST_MEASURES, show_measure, shown_lines
from cadence.rendering.words import Vocabulary, Words

#: the colours of links and buttons in the shipped templates: light, light on a tinted box, and for dark mail programs
_OURS = ("#1d5c54", "#184f48", "#8fd0c4")
#: rendered statements and questions kept; one takes about 6 kB
MAX_BLOCKS = 1_000


@dataclass(frozen=True, slots=True)
class Surround:
    """What stands before and behind others, as HTML and as text."""

    html: tuple[Block, Block]
    text: tuple[Block, Block]
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part ready to be joined; ``source`` is what it was made from."""

    source: tuple[object, ...]
    html: Block
    text: Block


class MailPieces:
    """Renders the templates of a folder. Raises ConfigError or RenderError at once when one of them is wrong."""

    def __init__(
        self, templates: TemplateFolder, vocabulary: Vocabulary, *, company: str, signed: str, base_url: str, colour: str = ""
    ) -> None:
        self._company = company
        self._signed = signed
        self._colours = dict(zip(_OURS, (colour, colour, lightened(colour)), strict=True)) if colour else {}
        self._base_url = base_url
        self._marks = Marks()
        self._statements: BlockCache[Piece] = BlockCache(MAX_BLOCKS)
        self._questions: BlockCache[Piece] = BlockCache(MAX_BLOCKS)
        self._read(templates)
        #: by language
        self.shells = {language: self._shell(words) for language, words in vocabulary.words.items()}
        self.others = {language: self._others(words) for language, words in vocabulary.words.items()}
        for words in vocabulary.words.values():
            self._try_out(words)

    def leading(self, item: DigestItem, words: Words) -> Piece:
        """Return the statement that a digest tells in full. Its gaps: why, respond, acknowledge, acknowledged."""
        state = "done" if item.acknowledged_on is not None else "ask" if item.must_acknowledge else ""
        key = (item.version_id, item.wording_id, words.language, state)
        source = (item.title, item.kind, item.wording, item.body, item.supports, item.measures)
        kept = self._statements.get(key)
        if kept is not None and kept.source == source:
            return kept
        return self._keep(self._statements, key, source, self._rendered(item, words, state))

    def brief(self, item: DigestItem, words: Words) -> Piece:
        """Return a statement in a sentence. Its gaps: why, respond."""
        key, source = (item.version_id, words.language), (item.title, item.brief, item.body)
        kept = self._statements.get(key)
        if kept is not None and kept.source == source:
            return kept
        return self._keep(self._statements, key, source, self._rendered_brief(item, words))

    def question(self, asked: DigestQuestion, words: Words, *, head: str, is_last: bool) -> Piece:
        """Return a question with its lines; below the last one of a message stands how to answer. Its gap: respond."""
        key = (asked.check, asked.title, words.language, head, is_last)
        kept = self._questions.get(key)
        return kept or self._keep(self._questions, key, (), self._rendered_question(asked, words, head, is_last))

    def _keep(self, cache: BlockCache[Piece], key: object, source: tuple[object, ...], rendered: tuple[str, str]) -> Piece:
        made = Piece(source, *map(self._marks.block, rendered))
        cache.put(key, made)
        return made

    def _read(self, folder: TemplateFolder) -> None:
        head, self._css = (self._coloured(folder.template(name)) for name in ("email/head.mjml", "email/digest.css"))
        self._shell_html = compile_template("email/digest.mjml", _mjml("digest", head, folder.template("email/digest.mjml")), html=True)

        def section(name: str) -> Any:
            said = self._coloured(folder.template(f"email/{name}.mjml"))
            body = f"<mj-raw>{_EDGE}</mj-raw>{said}<mj-raw>{_EDGE}</mj-raw>"
            return compile_template(f"email/{name}.mjml", _mjml(name, head, body).split(_EDGE)[1], html=True)

        def plain(name: str) -> Any:
            return compile_template(f"email/{name}", folder.template(f"email/{name}"), html=name.endswith(".html"))

        self._shell_text = plain("digest.txt")
        self._item = section("item"), plain("item.txt")
        self._around_others = section("others"), plain("others.txt")
        self._other = plain("other.html"), plain("other.txt")
        self._question = section("question"), plain("question.txt")

    def _coloured(self, source: str) -> str:
        """Return a template in the company's colour, where it uses ours."""
        for ours, theirs in self._colours.items():
            source = source.replace(ours, theirs)
        return source

    def _shell(self, words: Words) -> Surround:
        marks = self._marks
        values: dict[str, Any] = {gap: marks[gap] for gap in ("greeting", "preview", "date", "because", "items")}
        values |= {
            "words": words.texts,
            "company": self._company,
            "signed": self._signed,
            "lang": words.language.replace("_", "-"),
            "dir": words.direction,
        }
        values["preferences_url"] = f"{self._base_url}/p/{marks['preferences']}"
        html = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False, extra_css=self._css).inline(
            # what MJML writes into the head is meant for programs that read the head; inlined it would only be repeated
            render(self._shell_html, "email/digest.mjml", values).replace("<style", '<style data-css-inline="ignore"')
        )
        return self._around("items", "digest", html, render(self._shell_text, "email/digest.txt", values))

    def _others(self, words: Words) -> Surround:
        values = {"words": words.texts, "others": self._marks["others"]}
        html, text = self._around_others
        return self._around(
            "others", "others", self._inlined(render(html, "email/others.mjml", values)), render(text, "email/others.txt", values)
        )

    def _around(self, gap: str, name: str, html: str, text: str) -> Surround:
        found = []
        for rendered, file in ((html, f"email/{name}.mjml"), (text, f"email/{name}.txt")):
            try:
                found.append(self._marks.around(rendered, gap))
            except RenderError as error:
                raise RenderError(str(error), template=file, fault=str(error)) from None
        return Surround(found[0], found[1], sum(block.size for block in found[0]))

    def _rendered(self, item: DigestItem, words: Words, state: str) -> tuple[str, str]:
        marks, today = self._marks, shortened(item.wording)
        values: dict[str, Any] = {
            "words": words.texts,
            "kind": words.kind(item.kind),
            "title": item.title,
            "measures": [show_measure(words, measure) for measure in item.measures[:MOST_MEASURES]],
            "serves": words.say("serves", titles=" · ".join(item.supports)) if item.supports else "",
            "why": marks["why"],
            "is_shorter": today != item.body or len(item.measures) > MOST_MEASURES,
            "respond_url": f"{self._base_url}/c/{marks['respond']}",
            "acknowledge_url": f"{self._base_url}/a/{marks['acknowledge']}" if state == "ask" else "",
            "acknowledge_which": words.say("acknowledge_which", title=item.title),
            "acknowledged": marks["acknowledged"] if state == "done" else "",
            "wording_text": to_text(today),
        }
        html = render(self._item[0], "email/item.mjml", {**values, "wording_html": Markup(to_html(today))})
        return self._inlined(html), render(self._item[1], "email/item.txt", values)

    def _rendered_brief(self, item: DigestItem, words: Words) -> tuple[str, str]:
        values = {
            "words": words.texts,
            "kind": words.kind(item.kind),
            "title": item.title,
            "brief": brief_of(item),
            "why": self._marks["why"],
            "respond_url": f"{self._base_url}/c/{self._marks['respond']}",
        }
        html = render(self._other[0], "email/other.html", values)
        # an item alone would not find its rules, which name the list
        inlined = self._inlined(f'<ul class="also">{html}</ul>')
        return inlined.partition(">")[2].rpartition("</ul>")[0], render(self._other[1], "email/other.txt", values)

    def _rendered_question(self, asked: DigestQuestion, words: Words, head: str, is_last: bool) -> tuple[str, str]:
        values = {
            "words": words.texts,
            "head": head,
            "how": words.say("question_how") if is_last else "",
            "question": words.say("question_about", title=asked.title),
            "lines": shown_lines(asked.check),
            "forgot": FORGOT_CHOICE,
            "respond_url": f"{self._base_url}/c/{self._marks['respond']}",
        }
        html = self._inlined(render(self._question[0], "email/question.mjml", values))
        return html, render(self._question[1], "email/question.txt", values)

    def _inlined(self, html: str) -> str:
        return css_inline.CSSInliner(load_remote_stylesheets=False).inline_fragment(html, self._css)

    def _try_out(self, words: Words) -> None:
        """Render every branch once, so that a wrong template stops the start and not a message."""
        for state in ("", "ask", "done"):
            for rendered in self._rendered(_SAMPLE, words, state):
                self._marks.block(rendered)
        for rendered in self._rendered_brief(_SAMPLE, words):
            self._marks.block(rendered)
        for rendered in (r for is_last in (True, False) for r in self._rendered_question(_QUESTION, words, "Sample", is_last)):
            if set(self._marks.block(rendered).gaps) - {"respond"}:
                raise RenderError("a question holds only its lines and links")


_EDGE = "<!-- cadence edge -->"
_BODY = re.compile(r"<mj-body\b([^>]*?)/?>")
_INSIDE_BODY = re.compile(r"(<body\b[^>]*>)(.*)(</body>)", re.DOTALL)
_SAMPLE = DigestItem(
    position=0,
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
_QUESTION = DigestQuestion(
    statement_id=1,
    slug="sample",
    kind="value",
    title="Sample",
    version_id=1,
    check=CheckQuestion(check_id=1, options=("One", "Two", "Three"), right=0),
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
