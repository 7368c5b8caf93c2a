"""Every kind of mail that Cadence sends, in both languages, with what makes mails break: one list for validity, axe and pictures.

A mail is a digest; its kinds differ in what they hold. The company's own texts are English and German, and the
hardest ones are a word of 80 letters, a text from right to left, and people drawn of several characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from cadence.domain.sending.deliveries import CheckQuestion, Digest, DigestItem, DigestQuestion, MeasureReading
from cadence.domain.statements.statement import StatementKind
from cadence.rendering.previews import preview_html
from cadence.settings.fields import Settings
from tests.rendering.samples import EXPIRES, MEASURES, a_digest, an_item, email_composer, html_of

LANGUAGES = ("en", "de")
#: 80 letters, nowhere a place to break
LONG_WORD = "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnungsdurchführungs"[:80]
RICH = (
    "# H\n\n## I\n\n### J\n\n#### K\n\n* a\n* b\n\n2. x\n3. y\n\n> quoted\n\n"
    "`c`\n\n```\npre\n```\n\n**b** *i* [l](https://x.example)\n\n---\n\nline  \nbreak"
)
CHECK = CheckQuestion(
    check_id=1,
    options=("We show a gap and say why.", f"We guess {LONG_WORD}.", "We wait <b>& see</b> 🦊.", "لا نخمّن"),
    right=0,
)
QUESTION = DigestQuestion(statement_id=9, slug="gap", kind="value", title=f"Gaps & {LONG_WORD}", version_id=39, check=CHECK)
HARD_MEASURES = (
    *MEASURES,
    MeasureReading(name=LONG_WORD, unit="Mio. €", baseline=-1234567.5, target=98765432.1, value=45678901.2, value_on=date(2026, 10, 31)),
    MeasureReading(name="القياسات في وقتها", unit="%", baseline=0, target=100, value=140, value_on=date(2026, 10, 31)),
    MeasureReading(name="👩‍👩‍👧‍👦 families warned", unit="", baseline=0, target=10, value=-3, value_on=date(2026, 10, 31)),
)


def _digests(locale: str) -> dict[str, Digest]:
    """Return each kind of mail by its name, for one language."""
    kinds = {
        f"{kind}": (an_item(kind=str(kind), measures=MEASURES if kind is StatementKind.SCOREBOARD else (), check=None, version_id=20 + n),)
        for n, kind in enumerate(StatementKind)
    }
    digest = (
        an_item(measures=MEASURES, version_id=31),
        an_item(kind="priority", must_acknowledge=False, title="Mend before you build", wording=RICH, body=RICH + ".", version_id=32),
        an_item(kind="purpose", acknowledged_on=date(2026, 5, 3), title="Read the river", version_id=33),
    )
    reasons = (
        an_item(reason="nudge", version_id=41),
        an_item(reason="new_version", changed_on=date(2026, 5, 3), must_acknowledge=False, title="Changed", version_id=42, supports=()),
        an_item(reason="first_time", times_sent_before=0, title="<script> & 'quotes' \"", version_id=43, wording="Same.", body="Same."),
    )
    hard = (
        an_item(title=LONG_WORD, wording=f"{LONG_WORD} *{LONG_WORD}*", body=f"* {LONG_WORD}\n\n`{LONG_WORD}`", version_id=51),
        an_item(kind="scoreboard", title="🌊 " * 9, measures=HARD_MEASURES, supports=(LONG_WORD, "👩‍👩‍👧‍👦"), version_id=52),
        an_item(
            title="لا أحد يفاجئه نهره",
            wording="نقول **لماذا** عندما لا نثق في قراءة: 2.41 متر.\n\n* أولاً\n* ثانياً\n\n> اقتباس",
            body="שלום **עולם** and English in the middle, ثم العربية.",
            version_id=53,
        ),
    )
    made = {**kinds, "digest": digest, "nudge": reasons[:1], "reasons": reasons, "hard": hard, "rich": digest[1:2], "arabic": hard[2:]}
    found = {name: a_digest(*items, locale=locale) for name, items in made.items()}
    found["board"] = a_digest(*hard[1:], locale=locale)
    found["digest"], found["hard"] = (replace(found[name], questions=(QUESTION,)) for name in ("digest", "hard"))
    three = tuple(replace(QUESTION, version_id=60 + n, check=replace(CHECK, check_id=n)) for n in range(3))
    found["opening"], found["asks"] = (replace(found["value"], items=(), questions=some) for some in (three, three[:1]))
    found["hard"] = replace(found["hard"], person_name=LONG_WORD, cadence_name=f"{LONG_WORD} 🦊")
    found["nameless"] = replace(found["value"], person_name="", cadence_name="", locale=locale)
    return found


@cache
def mails() -> dict[str, str]:
    """Return the HTML of every kind of mail by its name ("digest-de"), and of a preview."""
    composer = email_composer()
    made = {
        f"{name}-{language}": html_of(composer.compose(digest, expires_at=EXPIRES))
        for language in LANGUAGES
        for name, digest in _digests(language).items()
    }
    return {**made, **{f"preview-{language}": preview_html(Settings(), _digests(language)["digest"]) for language in LANGUAGES}}


def items() -> Iterator[tuple[str, DigestItem]]:
    """Return the statements of every mail with the mail's name."""
    for name, digest in _digests("en").items():
        for item in digest.items:
            yield name, item
