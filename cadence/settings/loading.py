"""The settings of one installation, read once and checked before anything starts.

Order of strength: TOML file < environment ``CADENCE_...`` (``__`` nests) < ``..._FILE`` secrets.
A wrong value raises ConfigError naming the field, the value, its source and a good example.
The fields are in ``fields`` and told in docs/settings.md; what is said of a wrong one comes from ``files.refusals``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from cadence.domain.spelling import nearest
from cadence.errors import ConfigError, shorten
from cadence.files.json_schema import leaves
from cadence.files.refusals import RefusedValue, dotted, refusals
from cadence.files.toml_tables import InvalidFile, read_toml
from cadence.settings.fields import Settings
from cadence.settings.values import Secret

__all__ = ["SettingRow", "Settings", "describe", "load_or_create_secret", "load_settings"]

PREFIX = "CADENCE_"
CONFIG_VARIABLE = "CADENCE_CONFIG"
#: how much is logged; the command line reads it before there are settings
LOG_VARIABLE = "CADENCE_LOG"
DEFAULT_CONFIG = Path("config/cadence.toml")
#: names with this beginning belong to the test suite and are never settings
_TEST_PREFIX = "CADENCE_TEST_"
#: tables of the other file: targets, floors, gaps, caps, and who hears what when
_CADENCES_TABLES = frozenset({"limits", "audiences", "cadences", "slices"})


class _LoadedSettings(Settings, BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Strongest first: secret files, environment, TOML."""
        assert isinstance(init_settings, InitSettingsSource)
        given = init_settings.init_kwargs
        # names of the environment that are no settings are told by _unknown_variables; the _FILE ones are read already
        variables = _known_part(env_settings())
        return tuple(InitSettingsSource(settings_cls, source) for source in (given["secret_files"], variables, given["toml"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One line of the settings reference."""

    #: dotted, as in the TOML file: "smtp.port"
    name: str
    variable: str
    type: str
    unit: str
    default: str
    help: str
    example: str
    secret: bool


def describe() -> list[SettingRow]:
    """Return every setting in the order of the file, for the reference page and ``doctor``."""
    return [_row(path, node) for path, node in leaves(Settings)]


def load_settings(config: Path | None = None) -> Settings:
    """Return the settings of TOML file, environment and secret files.

    ``config``: the TOML file; else ``CADENCE_CONFIG``; else ``config/cadence.toml`` when it exists.
    Raises ConfigError with one line for each wrong or unknown setting.
    """
    file, document = _read_config(config)
    problems = list(_unknown_variables())
    secret_files = _read_secret_files(problems)
    problems += _exposed_secrets(file, document)
    try:
        loaded = _LoadedSettings(secret_files=secret_files, toml=document)  # type: ignore[call-arg]  # taken apart in settings_customise_sources
    except ValidationError as error:
        problems += [_problem(found, file, document) for found in refusals(Settings, error, document, noun="setting")]
    if problems:
        raise ConfigError("\n".join(problems))
    return loaded


def key_file(settings: Settings) -> Path:
    """Return where the signing key is kept when the settings do not hold it."""
    return settings.data_dir / "secret.key"


def has_secret(settings: Settings) -> bool:
    """Whether there is a signing key, in the settings or in its file."""
    return settings.secret_key is not None or key_file(settings).exists()


def load_or_create_secret(settings: Settings) -> bytes:
    """Return the signing key: ``secret_key``, else the file ``secret.key`` (mode 600) in ``data_dir``, made when missing.

    Raises ConfigError when that file is readable by others or damaged.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = key_file(settings)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data_dir = {path.parent}: cannot be made: {error.strerror} (CADENCE_DATA_DIR names another folder)") from None
    with contextlib.suppress(FileExistsError):
        # written aside and linked: a second process never sees half a key
        fresh = path.with_name(f"secret.key.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)
        finally:
            fresh.unlink()
    key = _read_secret(path, label=str(path))
    if len(key) < 32:
        raise ConfigError(f"{path}: holds fewer than 32 characters; restore it from a backup (without it all links sent so far are dead)")
    return key.encode()


def _leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, info in model.model_fields.items():
        here = (*path, str(info.validation_alias or name))
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _leaves(info.annotation, here)
        else:
            yield here, info


def _is_secret(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return info.annotation == Secret or (isinstance(extra, dict) and bool(extra.get("secret")))


_LEAVES = dict(_leaves(Settings))


def _variable(path: tuple[str, ...]) -> str:
    return PREFIX + "__".join(path).upper()


_TYPES = {"string": "text", "integer": "integer"}


def _row(path: tuple[str, ...], node: Mapping[str, Any]) -> SettingRow:
    named = {"password": "secret", "path": "folder"}.get(node.get("format", "")) or _TYPES.get(str(node["type"]), "number")
    return SettingRow(
        name=".".join(path),
        variable=_variable(path),
        type=" | ".join(node["enum"]) if "enum" in node else named,
        unit=node.get("unit", ""),
        default=str(node.get("default", "")),
        help=node["description"],
        example=str(node["examples"][0]),
        secret=bool(node.get("writeOnly") or node.get("secret")),
    )


def _read_config(config: Path | None) -> tuple[Path, dict[str, Any]]:
    named = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    path = named or DEFAULT_CONFIG
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        if named is None:
            return path, {}
        raise ConfigError(f"{path}: there is no such settings file (named by {'the command' if config else CONFIG_VARIABLE})") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return path, read_toml(raw, where=str(path))
    except InvalidFile as error:
        raise ConfigError(str(error)) from None


def _unknown_variables() -> Iterator[str]:
    known = {_variable(path) for path in _LEAVES} | {CONFIG_VARIABLE, LOG_VARIABLE}
    known |= {_variable(path) + "_FILE" for path, info in _LEAVES.items() if _is_secret(info)}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and not name.startswith(_TEST_PREFIX) and name not in known:
            meant = nearest(name, known)
            yield f"environment {name}: there is no such setting" + (f"; did you mean {meant}?" if meant else "; see docs/settings.md")


def _known_part(found: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in found.items():
        here = (*path, name)
        if here in _LEAVES:
            known[name] = value
        elif isinstance(value, dict):
            known[name] = _known_part(value, here)
    return known


def _read_secret_files(problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, info in _LEAVES.items():
        variable = _variable(path) + "_FILE"
        name = os.environ.get(variable)
        if not name or not _is_secret(info):
            continue
        try:
            value = _read_secret(Path(name), label=f"{variable} = {name}")
        except ConfigError as error:
            problems.append(str(error))
            continue
        table = found
        for part in path[:-1]:
            table = table.setdefault(part, {})
        table[path[-1]] = value
    return found


def _read_secret(path: Path, *, label: str) -> str:
    try:
        if path.stat().st_mode & 0o007:
            raise ConfigError(f"{label}: other users of this machine may read it; run: chmod 600 {path}")
        if path.stat().st_size > 65_536:
            raise ConfigError(f"{label}: is larger than any secret")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError(f"{label}: cannot be read: {reason}") from None


def _exposed_secrets(file: Path, document: dict[str, Any]) -> list[str]:
    held = [path for path, info in _LEAVES.items() if info.annotation == Secret and _lookup(document, path) is not None]
    if not held or not file.stat().st_mode & 0o007:
        return []
    names = ", ".join(".".join(path) for path in held)
    return [f"{file}: holds {names} and other users of this machine may read it; run: chmod 600 {file}, or set {_variable(held[0])}_FILE"]


def _lookup(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = document
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _problem(found: RefusedValue, file: Path, document: dict[str, Any]) -> str:
    path = tuple(map(str, found.path))
    if not path:
        return f"settings: {found.reason}"
    variable = _variable(path)
    source = f"environment {variable}"
    if os.environ.get(variable + "_FILE"):
        source = f"{variable}_FILE = {os.environ[variable + '_FILE']}"
    elif not os.environ.get(variable):
        source = f"{file}: {dotted(path)}"
    if found.unknown and path[0] in _CADENCES_TABLES:
        return f"{source}: [{path[0]}] stands in cadences.toml; put it there and run: cadence cadences apply config/cadences.toml"
    if found.unknown:
        return f"{source}: {found.reason}"
    info = _LEAVES.get(path)
    shown = "(hidden)" if info and _is_secret(info) else shorten(found.value)
    return f"{source} = {shown}: {found.reason}" + ("" if found.sample is None else f" (for example: {found.sample})")
