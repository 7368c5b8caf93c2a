"""How far the truth is from what the model predicts, by statement, from the answers to questions drawn at random.

Owns the sums that the answers add up to and the shrinkage: a statement's difference is drawn to that of all statements, that one
to zero, and a group's to the company's. Who counts how much, and what follows: ``know_it``. Pure; one pass over the answers, then
every pair of luck and selection costs the number of statements alone.

An answer stands for people who know (k) and people who do not (n): the right line for k = 1, n = 0; any other tap for
k = -f / (1 - f), so that lucky taps cancel on average, and n = (1 - k) / lambda, because that many more of those who do not know
stayed silent. Its numerator is k (1 - m) - n m, its denominator k + n, the difference a ratio of sums (Hajek's estimator).
With c = f / (1 - f), g = (1 + c) / lambda and h = g - c both are linear in four sums of w: right w (1 - m) and w; else w and w m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.memory.forgetting import Floats

#: prior deviation of a group's difference from the company's
GROUP_SPREAD = 0.10
#: the prior deviation that one statement adds weighs like so many statements
STATEMENT_WEIGHT = 6.0
#: deviation over people of (what one knows - what is predicted of one)
PERSON_SPREAD = 0.30
#: five answers of variance 0.15 before the first, and no residual variance below 0.02
_PSEUDO_ANSWERS, _PSEUDO_VARIANCE, _LEAST_VARIANCE = 5.0, 0.15, 0.02
#: variance of a statement without an answer: it takes the pooled difference
_UNKNOWN = 1e3
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """Prior deviations of (truth - prediction): of all statements together, and of what one statement adds to that."""

    pooled: float
    statement: float


#: of texts that people were told and are predicted of
KNOWN_TEXTS = Spreads(pooled=0.15, statement=0.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSums:
    """All that the difference needs of the answers; columns: right w (1 - m), right w, other w, other w m."""

    #: statements x 4
    by_statement: Floats
    #: statements x 2: squared weights of right and of other answers
    squares: Floats
    #: 4 x 4: products of the columns, summed over answers, and over people (each person's answers added up first)
    over_answers: Floats
    over_people: Floats
    weight: float


def add_up(weight: Floats, person: Ints, statement: Ints, predicted: Floats, right: Floats, *, statements: int) -> AnswerSums:
    """Return the sums over answers; ``statement`` is a place below ``statements``, ``predicted`` in [0, 1], ``right`` 1 or 0."""
    hit, miss = weight * right, weight * (1.0 - right)
    columns = np.stack((hit * (1.0 - predicted), hit, miss, miss * predicted), axis=1)
    people, at = np.unique(person, return_inverse=True)
    each: Floats = np.stack([np.bincount(at, column, len(people)) for column in columns.T], axis=1).astype(np.float64)
    return AnswerSums(
        by_statement=np.stack([np.bincount(statement, column, statements) for column in columns.T], axis=1),
        squares=np.stack([np.bincount(statement, part**2, statements) for part in (hit, miss)], axis=1),
        over_answers=columns.T @ columns,
        over_people=each.T @ each,
        weight=float(weight.sum()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Truth minus prediction. Axes: those of luck and selection as they were asked for, then the statements."""

    by_statement: Floats
    variance: Floats
    #: of all statements together, drawn to zero (or to the pool it was given)
    pooled: Floats


def difference(
    sums: AnswerSums, luck: ArrayLike, log_lambda: ArrayLike, *, pool: Differences | None = None, prior: Spreads = KNOWN_TEXTS
) -> Differences:
    """Return the difference of each statement for every pair of ``luck`` f and ``log_lambda``, which broadcast together.

    log_lambda: ln(P(answers | does not know) / P(answers | knows)). pool: the company's, to which a group's is drawn, for the same pairs.
    Without answers it is zero (or the pool's), with the variance of the prior.
    """
    f, logarithm = np.broadcast_arrays(np.asarray(luck, dtype=np.float64), np.asarray(log_lambda, dtype=np.float64))
    c = f / (1.0 - f)
    h = (1.0 + c) / np.exp(logarithm) - c
    one = np.ones_like(c)
    numerator = _columns(one, 0.0 * one, -c, -h) @ sums.by_statement.T
    denominator = _columns(0.0 * one, one, h, 0.0 * one) @ sums.by_statement.T
    if pool is not None:
        numerator = numerator - denominator * pool.by_statement
    total = np.maximum(denominator.sum(axis=-1), _TINY)
    pooled = numerator.sum(axis=-1) / total
    around = pooled if pool is None else pooled + (denominator * pool.by_statement).sum(axis=-1) / total
    spread, v_pooled = _variances(sums, c, h, around, total)

    has = denominator > 1e-6
    safe = np.maximum(denominator, _TINY)
    squares = sums.squares[:, 0] + h[..., None] ** 2 * sums.squares[:, 1]
    v = np.where(has, spread[..., None] * squares / safe**2, _UNKNOWN)
    raw = np.where(has, numerator / safe, pooled[..., None])
    wide = prior.pooled if pool is None else GROUP_SPREAD
    keep = wide**2 / (wide**2 + v_pooled)
    pooled = keep * pooled
    between = _between(raw, v, prior.statement)[..., None]
    part = between / (between + v)
    by_statement = pooled[..., None] + part * (raw - pooled[..., None])
    variance = part * v + (1.0 - part) ** 2 * (v_pooled * keep)[..., None]
    if pool is None:
        return Differences(by_statement=by_statement, variance=variance, pooled=pooled)
    return Differences(by_statement=by_statement + pool.by_statement, variance=variance + pool.variance, pooled=pooled + pool.pooled)


def _columns(*each: Floats) -> Floats:
    return np.stack(each, axis=-1)


def _variances(sums: AnswerSums, c: Floats, h: Floats, around: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Return the residual variance of one answer and the variance of the pooled ratio.

    The latter is the larger of what the people's sums scatter by (clustered, G / (G - 1)) and what answers and the spread between
    people would give; G = (sum of denominators)^2 / sum of each person's squared is how many people it really rests on.
    """
    residual = _columns(np.ones_like(c), -around, -(c + h * around), -h)
    parts = _columns(np.zeros_like(c), np.ones_like(c), h, np.zeros_like(c))
    over_answers, over_people = _form(residual, sums.over_answers), _form(residual, sums.over_people)
    squared = np.maximum(_form(parts, sums.over_answers), _TINY)
    size = sums.weight**2 / max(float(sums.squares.sum()), _TINY)
    expected = _PSEUDO_ANSWERS * _PSEUDO_VARIANCE * squared / max(size, _TINY)
    spread = np.maximum((over_answers + expected) / squared * size / (size + _PSEUDO_ANSWERS), _LEAST_VARIANCE)
    people = np.maximum(total**2 / np.maximum(_form(parts, sums.over_people), _TINY), 1.5)
    clustered = over_people / total**2 * people / (people - 1.0)
    return spread, np.maximum(clustered, spread * squared / total**2 + PERSON_SPREAD**2 / people)


def _form(vector: Floats, products: Floats) -> Floats:
    found: Floats = np.maximum(np.einsum("...i,ij,...j->...", vector, products, vector), 0.0)
    return found


def _between(raw: Floats, v: Floats, usual: float) -> Floats:
    """Return the variance between statements, tau^2: DerSimonian and Laird 1986, drawn to that of the ``usual`` spread; never negative."""
    weight, others = 1.0 / v, raw.shape[-1] - 1
    mean = (weight * raw).sum(axis=-1) / weight.sum(axis=-1)
    scatter = (weight * (raw - mean[..., None]) ** 2).sum(axis=-1)
    scale = np.maximum(weight.sum(axis=-1) - (weight**2).sum(axis=-1) / weight.sum(axis=-1), _TINY)
    found = np.maximum((scatter - others) / scale, 0.0)
    drawn: Floats = (found * others + usual**2 * STATEMENT_WEIGHT) / (others + STATEMENT_WEIGHT)
    return drawn
