"""What is worth a second look in a statement that can be imported all the same; what may not be imported: ``files.statement_md``."""

from __future__ import annotations

from cadence.domain.statements.statement import BRIEF_WORDS, StatementFile


def written_notes(statement: StatementFile) -> list[str]:
    """Return a sentence for each oddity of a file, beginning with its slug."""
    found = []
    if len(words := statement.brief.split()) > BRIEF_WORDS:
        found.append(f"brief has {len(words)} words; digests have room for {BRIEF_WORDS}")
    return [f"{statement.slug}: {reason}" for reason in found]
