"""Whether a reply in a person's own words says what a statement says: could, could not, or unsure; never guessed.

Compares the telling words of the reply with the right line, the near misses and the sentences of the text, whatever the order and
the endings, with room for typing errors. It knows nothing of meaning: what is not plainly one or the other is for a person to
judge, and counts as not asked until then. ``match_priorities`` does the same for priorities that people name unaided. Thresholds:
validated on the replies of tests/unit/own_words.toml.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

#: one right answer in this many is followed by "Say it in one line"
OFFERED = 8
#: characters of a reply that are kept
MOST_WORDS = 500


class Judgement(StrEnum):
    """What a reply shows."""

    COULD = "could"
    COULD_NOT = "could_not"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameable:
    """A priority as people may name it. ``lines``: what it says in a sentence, plain text."""

    statement_id: int
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What an unaided reply names, as far as it is plain, by statement id. ``UNSURE``: some of it names perhaps something more."""

    named: tuple[int, ...]
    judgement: Judgement
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsGrade:
    """A judgement with the confidence in it, 0 to 1."""

    judgement: Judgement
    confidence: float


#: share of the reply's telling words that the text knows, and of a sentence's that the reply holds, from which it could
_KNOWN, _HELD = 0.6, 0.5
#: share of the shared words that come in the order of the sentence: who does what to whom
_ORDER = 0.7
#: telling words that the reply shares with the sentence at least
_LEAST = 3
#: share of a near miss's own words from which the reply says it, and of the right line's own words up to which it does not say that too
_WRONG, _RIGHT = 0.6, 0.34
#: share of a near miss's own words up to which a reply may say the right thing
_HALF = 0.5
#: rapidfuzz ratio from which two longer words are one, typed badly
_TYPED = 84
_HEAD = 5
#: how plainly a line names a priority at least, and how far behind the next one is
_NAMED, _APART = 0.7, 0.75
_LISTED = re.compile(r"[\n;]+|(?:^|\s)(?:\d{1,2}[.)]|[-*•])\s+|,\s+")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?…:;。！？])\s+|\n+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: words that say nothing by themselves
_PLAIN = _words(
    "a an the of and or to is are was were be been we it its that this these those for with by who whom whose what which when where if"
    " our us from in on at as so do does did has have had will would can could should may you your they their them i my me he she his her"
    " one ones than then there here not no also just only even any some all more most very get gets got something thing things about into"
    " up out der die das den dem des ein eine einen einem einer und oder zu zum zur ist sind war wird werden wir es dass dies diese für mit"
    " von vom bei wer was wenn wann wo ob aus auf an am im in um so als auch noch schon nur sehr man ich du er sie ihr ihm ihn uns unser"
    " unsere sich hat haben kann können soll darf nicht kein keine dann da hier mehr etwas"
)
_DENIALS = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|without|cannot|(?:do|does|did|is|are|was|were|ca|wo|would|should|could|has|have|must)n['’]?t"
    r"|nicht|kein\w{0,2}|nie|niemals|niemand\w{0,2}|nichts|ohne)\b",
    re.IGNORECASE,
)
#: what people write who do not know it
_PASSES = re.compile(
    r"(?:i )?(?:do ?n[o']?t|don t|dont|dunno|cannot|can ?t|can't) ?(?:know|remember|recall|say)?(?: it| that| this| sorry| anymore)*"
    r"|(?:sorry )?no(?: idea| clue)?(?: sorry| at all)?|(?:i )?(?:have )?(?:forgot|forgotten)(?: it| sorry)?"
    r"|not sure|unsure|pass|nothing|n a|idk|nichts|nicht sicher|k a|ka|keine ahnung|keinen schimmer"
    r"|(?:das )?wei(?:ß|ss)(?: ich)?(?: es| das)? (?:nicht|nimmer)(?: mehr)?|(?:habe? )?(?:ich )?(?:habe? )?(?:es )?vergessen"
)


def is_offered(key: str) -> bool:
    """Whether the answer behind ``key`` is followed by the question for own words: one in eight, the same for ever."""
    return int.from_bytes(blake2b(f"own words:{key}".encode(), digest_size=8).digest(), "big") % OFFERED == 0


def grade(words: str, *, title: str, right: str, near_misses: Sequence[str], texts: Iterable[str]) -> WordsGrade:
    """Return what a reply shows. ``texts``: the body and the wordings that only say it in other words, as a reader sees them."""
    plain = " ".join(_WORD.findall(words.casefold()))
    if not plain or _PASSES.fullmatch(plain):
        return WordsGrade(judgement=Judgement.COULD_NOT, confidence=0.95)
    said = _telling(words)
    wrong, also_right = _nearest_miss(said, right, near_misses)
    if wrong >= _WRONG and also_right <= _RIGHT:
        return WordsGrade(judgement=Judgement.COULD_NOT, confidence=round(min(0.95, 0.5 + wrong / 2), 2))
    references = _references(right, texts)
    best = max(_said_of(said, words, sentence, title) for sentence in references)
    if best and wrong < _HALF and _numbers(words) <= _numbers(" ".join((title, *references))):
        return WordsGrade(judgement=Judgement.COULD, confidence=round(best, 2))
    return WordsGrade(judgement=Judgement.UNSURE, confidence=0.5)


def match_priorities(words: str, priorities: Sequence[Nameable]) -> Naming:
    """Return which priorities a reply names, line by line: could when every line names one plainly, could not when it passes."""
    named: set[int] = set()
    surest, unclear = 1.0, 0
    for line in _LISTED.split(words):
        plain = " ".join(_WORD.findall(line.casefold()))
        said = _telling(line)
        if _PASSES.fullmatch(plain) or not plain:
            continue
        ranked = sorted(((_names(said, one), one.statement_id) for one in priorities), reverse=True)
        best, second = ranked[0] if ranked else (0.0, 0), ranked[1][0] if len(ranked) > 1 else 0.0
        if best[0] >= _NAMED and second <= _APART * best[0]:
            named.add(best[1])
            surest = min(surest, best[0])
        else:
            unclear += 1
    if unclear:
        return Naming(named=tuple(sorted(named)), judgement=Judgement.UNSURE, confidence=0.5)
    if not named:
        return Naming(named=(), judgement=Judgement.COULD_NOT, confidence=0.95)
    return Naming(named=tuple(sorted(named)), judgement=Judgement.COULD, confidence=round(min(0.95, surest), 2))


def _names(said: frozenset[str], one: Nameable) -> float:
    """Return how plainly a line names a priority, 0 to 1: the share of its telling words that the title or one line of it holds."""
    found = 0.0
    for text in (one.title, *one.lines):
        wanted = _telling(text)
        shared = _shared(said, wanted)
        if len(shared) >= min(2, len(wanted)) and shared:
            found = max(found, (len(shared) / len(said) + min(1.0, 2 * len(shared) / len(wanted))) / 2)
    return found


def _references(right: str, texts: Iterable[str]) -> list[str]:
    return [right, *(sentence for text in texts for sentence in _SENTENCE.split(text) if sentence.strip())]


def _said_of(said: frozenset[str], words: str, sentence: str, title: str) -> float:
    """Return the confidence that the reply says the sentence, 0 where it is not plain."""
    wanted = _telling(sentence)
    shared = _shared(said, wanted)
    if len(shared) < _LEAST or _shared(shared, _telling(title)) == shared:
        return 0.0
    if bool(_DENIALS.search(words)) != bool(_DENIALS.search(sentence)):
        return 0.0
    known, held = len(shared) / len(said), len(shared) / len(wanted)
    if known < _KNOWN or held < _HELD or _in_order(words, sentence) < _ORDER * len(shared):
        return 0.0
    return min(0.95, (known + held) / 2)


def _in_order(words: str, sentence: str) -> int:
    """Return how many telling words of the reply come in the order of the sentence: who does what to whom is told by nothing else."""
    first, second = _heads(words), _heads(sentence)
    return LCSseq.similarity(first, second, processor=None)


def _nearest_miss(said: frozenset[str], right: str, near_misses: Sequence[str]) -> tuple[float, float]:
    """Return how much the reply holds of what one near miss alone says, the most of them, and of what the right line alone says."""
    wanted = _telling(right)
    own = wanted.difference(*map(_telling, near_misses))
    misses = [_telling(line) - wanted for line in near_misses]
    wrong = max((len(_shared(miss, said)) / len(miss) for miss in misses if len(miss) >= 2), default=0.0)
    return wrong, len(_shared(own, said)) / len(own) if own else 0.0


def _numbers(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text))


def _telling(text: str) -> frozenset[str]:
    """Return the heads of the words that say something."""
    return frozenset(_heads(text))


def _heads(text: str) -> list[str]:
    return list(dict.fromkeys(_head(word) for word in _WORD.findall(text.casefold()) if word not in _PLAIN))


def _head(word: str) -> str:
    return word[:_HEAD] if len(word) > _HEAD else word.removesuffix("s") if len(word) > 3 else word


def _shared(words: Collection[str], among: Collection[str]) -> frozenset[str]:
    """Return those of ``words`` that stand in ``among``, badly typed or not."""
    return frozenset(
        word
        for word in words
        if word in among or (len(word) >= _HEAD and process.extractOne(word, among, scorer=fuzz.ratio, score_cutoff=_TYPED))
    )
