"""A stored statement as the file that would say it, and what differs between two such files.

What ``export_statements`` writes, what the audit log keeps of a change, and what an import shows before it overwrites.
"""

from __future__ import annotations

from cadence.domain.audit import Plain, differing
from cadence.domain.statements.statement import StatementFile, StatementKind, StatementMeasure, StatementWording, VisibleTo
from cadence.store.authoring.statements import StoredMeasure, StoredStatement


def file_of(stored: StoredStatement) -> StatementFile:
    """Return a statement with its newest version as its file says it."""
    return StatementFile(
        name=f"{stored.slug}.md",
        slug=stored.slug,
        kind=StatementKind(stored.kind),
        title=stored.title,
        body=stored.body,
        wordings=tuple(StatementWording(name=name, text=text, substantive=name not in stored.cosmetic) for name, text in stored.wordings),
        audience=stored.audience,
        visible_to=VisibleTo(stored.visible_to),
        must_acknowledge=stored.must_acknowledge,
        acknowledge_by=stored.acknowledge_by,
        signed_by=stored.signed_by,
        changed=stored.changed,
        tags=stored.tags,
        effective_on=stored.effective_on,
        supports=stored.supports,
        material=None if stored.material or stored.number == 1 else False,
        right_answer=stored.right_answer,
        near_misses=stored.near_misses,
        measures=tuple(map(_measure, stored.measures)),
        brief=stored.brief,
    )


def differences(before: StatementFile, after: StatementFile) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """Return both sides with only the fields that differ; what a file says of one import alone (``material``) is none of them.

    Values of a measure on days that ``after`` does not name are kept, so they are no difference.
    """
    was, is_now = plain(before), plain(after)
    for name, said in _values(after).items():
        kept = _values(before).get(name, {})
        if said != kept:
            named = {on: value for on, value in kept.items() if on in said}
            was[f"values of {name}"], is_now[f"values of {name}"] = dict(named), dict(said)
    return differing(was, is_now)


def plain(statement: StatementFile) -> dict[str, Plain]:
    """Return all that a file says, but for the dated values, as the audit log keeps it."""
    return {
        "title": statement.title,
        "kind": statement.kind.value,
        "body": statement.body,
        "wordings": {one.name: one.text for one in statement.wordings},
        "cosmetic": [*sorted(one.name for one in statement.wordings if not one.substantive)],
        "brief": statement.brief,
        "right_answer": statement.right_answer,
        "near_misses": list(statement.near_misses),
        "changed": statement.changed,
        "audience": statement.audience,
        "visible_to": statement.visible_to.value,
        "must_acknowledge": statement.must_acknowledge,
        "acknowledge_by": statement.acknowledge_by.isoformat() if statement.acknowledge_by else None,
        "effective": statement.effective_on.isoformat() if statement.effective_on else None,
        "signed_by": statement.signed_by,
        "tags": list(statement.tags),
        "supports": [*sorted(statement.supports)],
        "measures": [
            f"{one.name} ({one.unit}): {one.baseline:g} to {one.target:g}" + (f" by {one.target_on}" if one.target_on else "")
            for one in statement.measures
        ],
    }


def _values(statement: StatementFile) -> dict[str, dict[str, Plain]]:
    return {one.name: {on.isoformat(): value for on, value in one.values} for one in statement.measures}


def _measure(stored: StoredMeasure) -> StatementMeasure:
    return StatementMeasure(
        name=stored.name,
        unit=stored.unit,
        baseline=stored.baseline,
        target=stored.target,
        target_on=stored.target_on,
        values=tuple(sorted(stored.values.items())),
    )
