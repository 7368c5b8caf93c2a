"""What the writer of a statement should know about Slack while writing, so that nothing about its length shows up when it is sent.

What cannot be sent at all is refused by ``files.statement_md``; these are notes on what is sent in another shape than written.
"""

from __future__ import annotations

from cadence.domain.statements.statement import StatementFile
from cadence.rendering.markdown import slack_length, split_mrkdwn, to_mrkdwn
from cadence.rendering.slack_blocks import MAX_SECTION


def slack_notes(statement: StatementFile) -> list[str]:
    """Return a sentence for each text that Slack shows in several parts."""
    found = []
    texts = {"text": statement.body} | {f"wording {one.name}": one.text for one in statement.wordings if one.text != statement.body}
    for name, text in texts.items():
        shown = to_mrkdwn(text)
        parts = len(split_mrkdwn(shown, MAX_SECTION))
        if parts > 1:
            length = slack_length(shown)
            found.append(
                f"{statement.slug}: its {name} is {length:,} characters long in Slack's markup; "
                f"a section takes {MAX_SECTION:,}, so it is shown in {parts} parts"
            )
    return found
