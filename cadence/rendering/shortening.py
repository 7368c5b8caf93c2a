"""The day's wording in at most seventy words, and a statement in a sentence: what a digest has room for.

Owns where a text is cut: between paragraphs, else between sentences, never inside a link or an emphasis. The whole text is
one link away, so nothing an author wrote is lost.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cadence.domain.sending.deliveries import DigestItem
from cadence.domain.statements.statement import BRIEF_WORDS
from cadence.domain.statements.text import first_sentence
from cadence.rendering.markdown import to_text

#: words of the statement a digest leads with
MOST_WORDS = 70
#: characters that count as a word at least: languages without spaces
_LONG_WORD = 8
#: fewer words than this of a paragraph say nothing by themselves
_LEAST = 12
_SENTENCE = re.compile(r".+?(?:[.!?…][\"'”’»)]*(?=\s)|[。！？]|\Z)", re.DOTALL)
#: a block that is not plain prose is kept whole or left out
_NOT_PROSE = re.compile(r"^ {0,3}(?:[-*+>|#~`•–▪]|\d+[.)]\s)|^(?: {4}|\t)|^ {0,3}\[[^\]]+\]:", re.MULTILINE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_PAIRED = ("*", "_", "`", '"')
_MARK = re.compile(r"([\\`*_{}\[\]()#+\-.!<>&~|:])")


def count_words(text: str) -> int:
    """Return how many words a text has for its reader."""
    return max(len(text.split()), len(text) // _LONG_WORD)


@lru_cache(maxsize=512)
def shortened(source: str, most: int = MOST_WORDS) -> str:
    """Return Markdown of at most ``most`` words that begins as ``source`` does; ``source`` itself when it is no longer."""
    if count_words(to_text(source)) <= most:
        return source
    kept: list[str] = []
    room = most
    whole_blocks = [] if _FENCE.search(source) or _DEFINITION.search(source) else re.split(r"\n[ \t]*\n", source.strip("\n"))
    for block in whole_blocks:
        size = count_words(to_text(block))
        if size <= room:
            kept.append(block)
            room -= size
            continue
        if room >= _LEAST and (begun := _first_sentences(block, room)):
            kept.append(begun)
        break
    return "\n\n".join(kept) if kept else _MARK.sub(r"\\\1", cut_words(to_text(source), most))


def brief_of(item: DigestItem) -> str:
    """Return the statement in a sentence of plain text: its own brief, else the beginning of its text."""
    return item.brief or first_sentence(to_text(item.body), most=BRIEF_WORDS)


def cut_words(text: str, most: int) -> str:
    """Return the first ``most`` words of plain text, an ellipsis at the cut."""
    words = text.split()
    cut = " ".join(words[:most])
    if len(cut) > most * _LONG_WORD:
        cut = cut[: most * _LONG_WORD].rpartition(" ")[0] or cut[: most * _LONG_WORD]
    return cut if cut == " ".join(words) else cut.rstrip(" ,;:.–-") + "…"


def _first_sentences(block: str, room: int) -> str:
    """Return the sentences of a paragraph that fit, empty when none does or a mark would be left open."""
    if _NOT_PROSE.search(block):
        return ""
    said, kept, taken = "", "", 0
    for sentence in _SENTENCE.findall(" ".join(block.split("\n"))):
        taken += count_words(to_text(sentence))
        if taken > room:
            break
        said += sentence
        if _is_closed(said):
            kept = said
    return kept.strip()


def _is_closed(text: str) -> bool:
    return all(text.count(mark) % 2 == 0 for mark in _PAIRED) and text.count("[") == text.count("]") and text.count("(") == text.count(")")
