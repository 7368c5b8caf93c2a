"""Advice to somebody who writes a statement: at most five pieces, each with the words it is about; no score, and nothing is refused.

``advise`` is all that pages and commands call; ``marked`` parts a text for showing the words it is about. The rules stand one a file
and are printed in docs/statements.md; the sentence of each kind stands below ``[advice]`` in messages/templates/words.
"""

from __future__ import annotations

from cadence.domain.statements.advice.advising import MOST, advise
from cadence.domain.statements.advice.kinds import Advice, AdviceKind, OpenText, OtherStatement, TextField, TextSpan
from cadence.domain.statements.advice.marking import MarkedPiece, marked

__all__ = ["MOST", "Advice", "AdviceKind", "MarkedPiece", "OpenText", "OtherStatement", "TextField", "TextSpan", "advise", "marked"]
