"""Settings that an admin changed in the browser, laid over those of files and environment: one place, validated by the same model.

What may be changed there is ``EDITABLE``: nothing that could lock everybody out, and no secret. The rows: ``store.running.company``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from cadence.errors import Invalid
from cadence.files.refusals import refusals
from cadence.settings.fields import Settings

#: dotted, as in the TOML file
EDITABLE = ("smtp.from", "company.sign_off", "company.colour", "privacy.mode", "retention.answers_days")
#: of these a running service keeps what it began with
AT_START = frozenset({"privacy.mode", "retention.answers_days"})

#: fields of the model that are called otherwise in the file
_FIELDS = {"smtp.from": "sender"}


def value_of(settings: Settings, name: str) -> str | int:
    """Return the value of one of ``EDITABLE``."""
    group, _, field = name.partition(".")
    found = getattr(getattr(settings, group), _FIELDS.get(name, field))
    return int(found) if isinstance(found, int) else str(found)


def with_changes(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return ``settings`` with those of ``EDITABLE`` among ``changes``. Raises Invalid naming the first that cannot be used."""
    if not changes:
        return settings
    document = settings.model_dump()
    for name, value in changes.items():
        if name in EDITABLE:
            group, _, field = name.partition(".")
            document[group][_FIELDS.get(name, field)] = value
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        first = next(iter(refusals(Settings, error, document, noun="setting")))
        path = ".".join(map(str, first.path)).replace("smtp.sender", "smtp.from")
        name = path or next(iter(changes))
        raise Invalid(name, first.value if first.path else None, first.reason) from None
