"""How a table that people type is declared: once, as a pydantic model, with everything there is to say about each key.

Owns the base of those models, ``entry`` (one key: default, meaning, bounds, example) and the plain types of values.
A declaration serves four readers: the file, its refusals (``refusals``), the JSON Schema (``json_schema``) and the
reference tables of the docs (``reference``). Days, windows of time and the like: ``values``.
"""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from cadence.errors import Invalid

T = TypeVar("T")

MOST_WORDS = 1000


class DeclaredTable(BaseModel):
    """The base of every declared table: values never change, and a key that is not declared is refused."""

    # built when first used: a command pays for the tables it reads
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    @classmethod
    def as_given(cls, value: object, **converted: Any) -> Self:
        """Return the table that a domain value was read from, unchecked; ``converted``: what the domain holds in another form."""
        return cls.model_construct(**{key: getattr(value, key) for key in cls.model_fields.keys() - converted} | converted)


class Fault(ValueError):
    """What a check of ours found wrong. No reason: the declaration says what the value must be.

    ``example``: a whole line that is right, else the example of the declaration. ``key`` and ``value``: what is wrong
    is another key of the same table.
    """

    def __init__(self, reason: str = "", *, example: str | None = None, key: str | None = None, value: object = None) -> None:
        super().__init__(reason)
        self.reason, self.example, self.key, self.value = reason, example, key, value

    @classmethod
    def of(cls, problem: Invalid) -> Fault:
        """Return a refusal of the domain as the fault of the key that holds the value."""
        return cls(problem.data["reason"])


def entry(default: Any, meaning: str, *, example: Any = None, unit: str = "", absent: str = "", **more: Any) -> Any:
    """Declare one key. ``default``: ``...`` when it must be given. ``example``: a good value where the default shows none.

    ``absent``: what holds without it, in words, where the default does not say. More: what ``pydantic.Field`` takes.
    """
    extra: dict[str, Any] = {key: words for key, words in (("unit", unit), ("absent", absent)) if words} | more.pop("json_schema_extra", {})
    if extra:
        more["json_schema_extra"] = extra
    return Field(default, description=meaning, examples=[default if example is None else example], **more)


def one_of(*allowed: str | int, expects: str = "") -> tuple[Any, ...]:
    """Return the marks of a type whose values are only these; ``expects`` says it in words where a list would not do."""

    def check(value: T) -> T:
        if value not in allowed:
            raise Fault
        return value

    extra: dict[str, Any] = {"enum": list(allowed)} | ({"expects": expects} if expects else {})
    return AfterValidator(check), Field(json_schema_extra=extra)


def _different(value: Any) -> Any:
    named = [one for one in value if isinstance(one, str | int)] if isinstance(value, list | tuple) else []
    if len(set(named)) < len(named):
        raise Fault("names something twice")
    return value


def _words(value: Any) -> Any:
    if isinstance(value, list | tuple) and len(value) > MOST_WORDS:
        raise Fault(f"names more than {MOST_WORDS} things")
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise Fault
    return _different(value)


def _given(value: Any) -> Any:
    if value is None:
        raise Fault
    return value


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise Fault
    return text


Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
#: its bounds, which every number has, keep out what is no number
Number = Annotated[float, Strict()]
Text = Annotated[str, Strict()]
OneLine = Annotated[str, Strict(), AfterValidator(_one_line), Field(max_length=200)]
#: a key that may be left out, though not be null where JSON could say so
Maybe = Annotated[T | None, BeforeValidator(_given)]
#: a list of different values, and one of different words
Several = Annotated[tuple[T, ...], BeforeValidator(_different)]
Words = Annotated[tuple[T, ...], BeforeValidator(_words)]
Slug = Annotated[
    str,
    Strict(),
    Field(
        pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64, json_schema_extra={"expects": "a name of small letters, digits and hyphens"}
    ),
]
