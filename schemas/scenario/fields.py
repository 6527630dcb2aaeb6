"""The kinds of values in a scenario: durations, instants, pace, names, finite numbers; and the base of its models."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Any, Final, Literal, NoReturn, TypeGuard, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from schemas import durations
from schemas.durations import DAY, HOUR, MILLISECOND, DurationError, format_duration, parse_duration

T = TypeVar("T")

Many = Annotated[tuple[T, ...], Strict(False)]
"""A list in the file, a tuple in the model; its members stay strict."""

NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""Names of scenarios, groups, sinks and steps, and every device's id: safe in addresses, topics and file names."""

NAME_RE: Final = re.compile(NAME.removesuffix("$"), re.ASCII)
"""The same to use with `fullmatch`: a `$` of Python lets a final line feed through."""

Name = Annotated[str, StringConstraints(pattern=NAME)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A word that the vocabulary knows; checked against it elsewhere."""
LabelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
LabelValue = Annotated[str, StringConstraints(max_length=256)]
Labels = Annotated[Mapping[LabelName, LabelValue], Field(max_length=1_000)]
Damage = Annotated[float, Field(ge=0.0, le=1.0)]
SHORTEST_INTERVAL: Final = MILLISECOND
LONGEST_INTERVAL: Final = 24 * HOUR
LONGEST_DURATION: Final = 36_525 * DAY
"""A hundred years; with the latest start it still fits 64-bit nanoseconds."""


class Section(BaseModel):
    """Base of every model of a scenario: strict, frozen, no unknown keys, no NaN."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, validate_default=False, serialize_by_alias=True
    )


def refuse(allowed: str, hint: str = "") -> NoReturn:
    """Refuse a value from inside a validator: what is allowed, what to do."""
    # pydantic formats the template with the context, so neither text may be the template itself.
    raise PydanticCustomError("refused", "{allowed}", {"allowed": allowed, "hint": hint})


def _between(shortest: int, longest: int) -> PlainValidator:
    allowed = f"a duration from {format_duration(shortest)} to {format_duration(longest)}, such as 500ms, 5s or 1h30m"

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, str):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            refuse(allowed, f"The unit is missing; did you mean '{value}s'?" if number and _positive(value) else "")
        try:
            ns = parse_duration(value)
        except DurationError as error:
            refuse(allowed, str(error))
        if not shortest <= ns <= longest:
            refuse(allowed)
        return ns

    return PlainValidator(check)


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and value > 0


def _duration_schema(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": durations.PATTERN, "examples": list(examples)})


_AS_TEXT: Final = PlainSerializer(format_duration, return_type=str)

Interval = Annotated[
    int, _between(SHORTEST_INTERVAL, LONGEST_INTERVAL), _AS_TEXT, _duration_schema("500ms", "1s", "1m")
]
Span = Annotated[int, _between(MILLISECOND, LONGEST_DURATION), _AS_TEXT, _duration_schema("30s", "5m", "1d")]
Offset = Annotated[int, _between(0, LONGEST_DURATION), _AS_TEXT, _duration_schema("0s", "30s", "1h30m")]


def _pace(value: object) -> float | str:
    if value == "max":
        return "max"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-3 <= value <= 1e6:
        refuse("a number from 0.001 to 1000000, or max")
    return float(value)


Pace = Annotated[
    float | Literal["max"],
    PlainValidator(_pace),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 1e-3, "maximum": 1e6}, {"const": "max"}]}),
]


def _model_word(value: object) -> object:
    # `model: 4` is a number to YAML and a name to everybody else.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ModelWord = Annotated[Word, BeforeValidator(_model_word), WithJsonSchema({"type": ["string", "integer"]})]


def _scalar(value: object) -> object:
    if isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, str) and len(value) <= 256:
        return value
    refuse("a finite number, a text of at most 256 characters, true or false")


Scalar = Annotated[
    bool | int | float | str,
    PlainValidator(_scalar),
    WithJsonSchema({"type": ["number", "string", "boolean"]}),
]
Parameters = Annotated[Mapping[Word, Scalar], Field(max_length=64)]


def _wear(value: object) -> float | tuple[float, float]:
    ends = [end for end in (value if isinstance(value, list | tuple) else [value]) if _is_damage(end)]
    if isinstance(value, list | tuple):
        if len(value) == len(ends) == 2 and ends[0] <= ends[1]:
            return ends[0], ends[1]
    elif ends:
        return ends[0]
    refuse("a damage from 0 to 1, or a list of two, such as [0, 0.5], between which each device draws its own")


def _is_damage(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


WearAtStart = Annotated[
    float | tuple[float, float],
    PlainValidator(_wear),
    PlainSerializer(lambda wear: list(wear) if isinstance(wear, tuple) else wear, return_type=Any),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, "maxItems": 2},
            ]
        }
    ),
]
"""Damage at the start, or two damages between which each device draws its own."""
Wear = Annotated[Mapping[Word, WearAtStart], Field(max_length=100)]


def _sink_kind(value: Any) -> Any:
    # `kind: null` is YAML for nothing, and everybody who writes it means the sink of that name.
    return "null" if value is None else value


SinkKind = Annotated[
    Word,
    BeforeValidator(_sink_kind),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1, "maxLength": 64}, {"type": "null"}]}),
]

_ID_PIECE: Final = re.compile(r"\{(n|group)(?::0([1-9][0-9]?)d)?\}|([a-z0-9_-]+)", re.ASCII)


def format_id(pattern: str, group: str, number: int) -> str:
    """The id of one device of a group: `pi-{n:04d}` and 42 make `pi-0042`."""
    parts = []
    for match in _ID_PIECE.finditer(pattern):
        field, width, text = match.groups()
        if field == "n":
            parts.append(str(number).zfill(int(width or 0)))
        else:
            parts.append(group if field == "group" else text)
    return "".join(parts)


def _id_pattern(value: str) -> str:
    whole = sum(len(match.group()) for match in _ID_PIECE.finditer(value))
    if whole != len(value) or re.search(r"\{group:", value):
        refuse(
            "lower-case letters, digits, _ and -, with {n} or {n:04d} for the number and {group} for the group's name"
        )
    return value


IdPattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    PlainSerializer(str),
    BeforeValidator(lambda value: _id_pattern(value) if isinstance(value, str) else value),
]
