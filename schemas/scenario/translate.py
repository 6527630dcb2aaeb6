"""pydantic's errors in the user's words: the path as written, what was found, what is allowed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.paths import Path, format_path
from schemas.problems import Problem, suggest
from schemas.released import WHATS
from schemas.scenario.chaos import ChaosSpec
from schemas.scenario.conditions import Condition
from schemas.scenario.expectations import Expectations, MonitorSpec
from schemas.scenario.fields import NAME
from schemas.scenario.findings import Finding, show, unknown_word
from schemas.scenario.group import FaultSpec, Group
from schemas.scenario.mapping import FIELD_NAME, FULL_NAME, FieldSpec, MappingSpec, ShapeSpec
from schemas.scenario.model import Scenario
from schemas.scenario.moments import Ramp, StepBase
from schemas.scenario.selector import Selection, Selector
from schemas.scenario.sink import SinkSpec
from schemas.scenario.sites import Difference, Site
from schemas.scenario.steps import STEPS

Sections = Mapping[Path, type[BaseModel]]

_PARTS: Final = ("steady_state", "deviations", "always", "at_end")
_SECTIONS: Final[Sections] = {
    (): Scenario,
    ("sites", 0): Site,
    ("difference",): Difference,
    ("fleet", 0): Group,
    ("fleet", 0, "faults", 0): FaultSpec,
    ("sinks", 0): SinkSpec,
    ("sinks", 0, "select"): Selection,
    ("sinks", 0, "mapping"): MappingSpec,
    **{("sinks", 0, "mapping", what): ShapeSpec for what in WHATS},
    ("timeline", 0): StepBase,
    ("timeline", 0, "on"): Selector,
    ("timeline", 0, "ramp"): Ramp,
    ("timeline", 0, "when"): Condition,
    ("timeline", 0, "when", "on"): Selector,
    ("chaos",): ChaosSpec,
    ("chaos", "abort_when", 0): Condition,
    ("chaos", "abort_when", 0, "on"): Selector,
    ("expectations",): Expectations,
    ("expectations", "monitor"): MonitorSpec,
    **{("expectations", part, 0): Condition for part in _PARTS},
    **{("expectations", part, 0, "on"): Selector for part in _PARTS},
}
"""The model that describes each mapping; 0 stands for any index."""

_A_NAME: Final = "lower-case letters, digits, _ and -, starting with a letter or a digit, at most 64 characters"
_A_FIELD: Final = "letters, digits and _, not starting with a digit, at most 64 characters"
_A_RECORD: Final = "names of letters, digits and _, separated by dots: com.example.Measurement"
_A_LABEL: Final = "letters, digits, _, . and -, starting with a letter or a digit, at most 64 characters"


def translate(error: ValidationError, data: Mapping[str, object], sections: Sections = _SECTIONS) -> Iterator[Finding]:
    """Every error as a finding, one for each place. `sections` are the models that describe the data's mappings."""
    seen: set[Path] = set()
    for details in error.errors(include_url=False):
        finding = _finding(details, data, sections)
        if finding.path not in seen:
            seen.add(finding.path)
            yield finding


def option_problems(model: type[BaseModel], options: Mapping[str, object]) -> list[Problem]:
    """What is wrong with a mapping that another room's model describes (the options of a sink), in the same words."""
    try:
        model.model_validate(dict(options))
    except ValidationError as error:
        return [
            Problem(format_path(finding.path) if finding.path else "", finding.found, finding.allowed, finding.hint)
            for finding in translate(error, options, {(): model})
        ]
    return []


def keys_of(section: type[BaseModel]) -> dict[str, str]:
    """The keys that may stand in a section, each with its description."""
    return {field.alias or name: field.description or "" for name, field in section.model_fields.items()}


def section_at(path: Path, data: Mapping[str, object], sections: Sections = _SECTIONS) -> type[BaseModel] | None:
    """The model of the mapping at a path of the document."""
    section = sections.get(tuple(0 if isinstance(step, int) else step for step in path))
    if section is StepBase:
        step = _walk(data, path)
        return STEPS.get(str(step.get("do")), StepBase) if isinstance(step, Mapping) else StepBase
    # fields of a mapped record nest as deep as they like
    inside = sections is _SECTIONS and path[:1] == ("sinks",) and path[2:3] == ("mapping",)
    return FieldSpec if inside and path[-2:-1] in (("fields",), ("each",)) else section


def _finding(details: ErrorDetails, data: Mapping[str, object], sections: Sections) -> Finding:
    path = _path_in(details["loc"], data)
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    match kind:
        case "refused":
            return Finding(path, _found_whole(value, path), str(context["allowed"]), str(context["hint"]))
        case "extra_forbidden":
            return _unknown_key(path, data, sections)
        case "missing":
            return Finding(path, "nothing", _description(path, data, sections) or "a value", "This key must be given.")
        case "union_tag_invalid":
            return unknown_word((*path, "do"), str(context["tag"]), STEPS)
        case "union_tag_not_found":
            return Finding((*path, "do"), "nothing", ", ".join(STEPS), "This key must be given.")
        case "value_error":
            return Finding(path, _found_whole(value, path), str(context.get("error", details["msg"])))
        case "literal_error":
            return _not_among(path, value, str(context["expected"]))
    wording = _ALLOWED.get(kind)
    allowed = details["msg"] if wording is None else wording(context)
    return Finding(path, show(value), allowed, _type_hint(kind, value))


def _found_whole(value: object, path: Path) -> str:
    if isinstance(value, Mapping):
        return f"this {path[0]} entry" if path else "these together"
    return show(value)


def _path_in(location: tuple[int | str, ...], data: Mapping[str, object]) -> Path:
    # pydantic adds steps that nobody wrote: the tag of a union, `[key]` for a mapping's key.
    path: list[str | int] = []
    here: object = data
    for position, step in enumerate(location):
        last = position == len(location) - 1
        if isinstance(here, Mapping) and (step in here or (last and step != "[key]")) and step not in _tags(here):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def _tags(here: Mapping[Any, object]) -> tuple[object, ...]:
    return (here["do"],) if isinstance(here.get("do"), str) and here["do"] in STEPS else ()


def _walk(data: object, path: Path) -> object:
    here = data
    for step in path:
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here


def _unknown_key(path: Path, data: Mapping[str, object], sections: Sections) -> Finding:
    section = section_at(path[:-1], data, sections)
    keys = keys_of(section) if section is not None else {}
    key = str(path[-1])
    return Finding(path, f"the unknown key {show(key)}", f"the keys {', '.join(keys)}", suggest(key[:64], keys))


def _description(path: Path, data: Mapping[str, object], sections: Sections) -> str:
    section = section_at(path[:-1], data, sections)
    return keys_of(section).get(str(path[-1]), "").rstrip(".") if section is not None else ""


def _not_among(path: Path, value: object, expected: str) -> Finding:
    words = expected.replace(" or ", ", ").replace("'", "")
    hint = suggest(value[:64], words.split(", ")) if isinstance(value, str) else ""
    return Finding(path, show(value), words, hint)


def _type_hint(kind: str, value: object) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f"Write it in quotes: '{show(value)}'."
    if kind == "bool_type" and isinstance(value, str):
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(value.lower())
        return f"Write {meant} instead of {value}." if meant else ""
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "Numbers are decimal, without quotes, units and underscores."
    if kind == "tuple_type" and isinstance(value, str):
        return f"Write [{value[:64]}]." if value.isidentifier() else ""
    return ""


def _pattern(context: Mapping[str, Any]) -> str:
    return {NAME: _A_NAME, FIELD_NAME: _A_FIELD, FULL_NAME: _A_RECORD}.get(context["pattern"], _A_LABEL)


_ALLOWED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "string_type": lambda _: "text",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "bool_type": lambda _: "true or false",
    "finite_number": lambda _: "a finite number",
    "tuple_type": lambda _: "a list",
    "mapping_type": lambda _: "a mapping of keys to values",
    "dict_type": lambda _: "a mapping of keys to values",
    "model_type": lambda _: "a mapping of keys to values",
    "model_attributes_type": lambda _: "a mapping of keys to values",
    "string_pattern_mismatch": _pattern,
    "string_too_short": lambda context: f"at least {context['min_length']} characters",
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "too_short": lambda context: f"at least {context['min_length']} entries",
    "too_long": lambda context: f"at most {context['max_length']} entries",
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "greater_than": lambda context: f"more than {context['gt']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
    "less_than": lambda context: f"less than {context['lt']}",
}
