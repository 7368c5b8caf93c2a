"""What is worth a second look in a statement that can be imported all the same; what may not be imported: ``files.statement_md``."""

from __future__ import annotations

from collections.abc import Iterable

from cadence.domain.statements.check_faults import doubts
from cadence.domain.statements.statement import BRIEF_WORDS, StatementFile
from cadence.errors import Invalid
from cadence.files.markdown import shown


def written_notes(statement: StatementFile) -> list[str]:
    """Return a sentence for each oddity of a file, beginning with its slug, field and value."""
    found = []
    if len(words := statement.brief.split()) > BRIEF_WORDS:
        found.append(Invalid("brief", statement.brief, f"has {len(words)} words; digests have room for {BRIEF_WORDS}"))
    texts = [shown(text) for text in (statement.body, *(wording.text for wording in statement.wordings))]
    for doubt in doubts(statement.right_answer, statement.near_misses, texts=texts):
        found.append(Invalid(doubt.field, doubt.value, doubt.reason))
    return [f"{statement.slug}: {one}" for one in found]


def without_question(statements: Iterable[StatementFile]) -> list[str]:
    """Return one sentence that names the files nobody is asked about, none when there are none."""
    slugs = [one.slug for one in statements if not one.right_answer]
    if not slugs:
        return []
    lost = "nobody is asked about it, so what people know of it cannot be told"
    return [f"without a right_answer and three near_misses {lost}: {', '.join(slugs)}"]
