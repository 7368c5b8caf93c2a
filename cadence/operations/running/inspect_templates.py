"""Templates, words and word lists as ``cadence doctor`` sees them: read as a start reads them, without sending."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import LinkSigner
from cadence.errors import ConfigError
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.advising import word_lists
from cadence.operations.running.doctor import Check, Health
from cadence.rendering.composers import composer_for, template_folder
from cadence.rendering.words import load_words
from cadence.shipped import shipped_folder

if TYPE_CHECKING:
    from cadence.settings.fields import Settings

_SHOWN = 3
_SENDER = "doctor@example.invalid"


def inspect_templates(settings: Settings) -> Check:
    """Return whether every template, word file and word list can be used, and which files of the operator's folder nobody reads."""
    links = LinkSigner({1: secrets.token_bytes(32)}, current=1)
    if not settings.smtp.sender:
        settings = settings.model_copy(update={"smtp": settings.smtp.model_copy(update={"sender": _SENDER})})
    try:
        for channel in Channel:
            composer_for(channel, settings, links)
        load_words(template_folder(settings))
        word_lists(settings.messages_dir)
    except (ConfigError, InvalidFile) as error:
        return _check(Health.FAIL, f"{'; '.join(str(error).splitlines())}.", "Correct the file, or delete it to get the shipped one back.")
    own, shipped = settings.messages_dir / "templates", shipped_folder("messages") / "templates"
    files = [] if own.resolve() == shipped.resolve() else sorted(path.relative_to(own) for path in own.rglob("*") if path.is_file())
    stray = [str(name) for name in files if not _is_read(name, shipped)]
    if stray:
        shown = ", ".join(stray[:_SHOWN]) + (f" and {len(stray) - _SHOWN} more" if len(stray) > _SHOWN else "")
        return _check(Health.WARN, f"{own} holds files that are never read: {shown}.", "Rename or delete them (docs/templates.md).")
    told = f"{len(files)} of your own files in {own} are used." if files else "The shipped templates are used."
    return _check(Health.OK, told, "")


def _is_read(name: Path, shipped: Path) -> bool:
    return (shipped / name).is_file() or (name.suffix == ".toml" and len(name.parts) == 2 and (shipped / name.parent / "en.toml").is_file())


def _check(health: Health, sentence: str, remedy: str) -> Check:
    return Check(name="templates", health=health, sentence=sentence, remedy=remedy)
