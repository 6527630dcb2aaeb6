"""The reference of the scenario format, written from its models: tables for the documentation, JSON Schema for editors.

`python -m schemas.scenario.reference` in a checkout brings both files up to date; a test says when they are not.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from schemas.durations import format_duration
from schemas.scenario.chaos import ChaosSpec
from schemas.scenario.conditions import Condition
from schemas.scenario.expectations import Expectations, MonitorSpec
from schemas.scenario.group import FaultSpec, Group, SensorFaults
from schemas.scenario.instants import format_instant
from schemas.scenario.json_schema import scenario_schema
from schemas.scenario.mapping import FieldSpec, MappingSpec, ShapeSpec
from schemas.scenario.model import Scenario
from schemas.scenario.moments import DeviceStep, Ramp, StepBase
from schemas.scenario.selector import Selector
from schemas.scenario.sink import SinkSpec
from schemas.scenario.sites import Difference, Site
from schemas.scenario.steps import STEPS

BEGIN: Final = "<!-- tables: written by python -m schemas.scenario.reference -->"
END: Final = "<!-- end of tables -->"

_TABLES: Final[tuple[tuple[str, str, type[BaseModel]], ...]] = (
    ("Scenario", "The file itself.", Scenario),
    ("Site", "An entry of `sites`.", Site),
    ("Difference", "The value of `difference`; a number by itself turns all dials.", Difference),
    ("Group", "An entry of `fleet`.", Group),
    ("Fault", "An entry of a group's `faults`.", FaultSpec),
    ("Sensor faults", "The value of a group's `sensor_faults`.", SensorFaults),
    ("Sink", "An entry of `sinks`; its `select` takes ids, groups, kinds and labels as below.", SinkSpec),
    ("Mapping", "The value of a sink's `mapping`: how its records are written.", MappingSpec),
    ("Record", "The value of `reading`, `frame` or `truth` in a mapping.", ShapeSpec),
    ("Field", "An entry of `fields` or `each`; a word by itself is short for `from`.", FieldSpec),
    ("Selector", "The value of `on`. Everything given must hold; the word `all` means every device.", Selector),
    ("Step", "An entry of `timeline`. Every step has these keys, and those of its word below.", StepBase),
    ("Ramp", "The value of `ramp` in a step.", Ramp),
    ("Condition", "The value of `when`, and an entry of `abort_when` and of the lists of `expectations`.", Condition),
    ("Chaos", "The value of `chaos`.", ChaosSpec),
    ("Expectations", "The value of `expectations`.", Expectations),
    ("Monitor", "The value of `monitor` in `expectations`.", MonitorSpec),
)


def tables() -> str:
    """The documentation's tables of keys: one for each part of a scenario, one for all words of the timeline."""
    parts = [f"### {title}\n\n{text}\n\n{_table(section)}" for title, text, section in _TABLES]
    return "\n".join([*parts, f"### Words of the timeline\n\n{_words()}"])


def schema_text() -> str:
    """The JSON Schema as the text of its file."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def with_tables(document: str) -> str:
    """A document with the tables between its two marks renewed. Raises `ValueError` without the marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks of the tables are missing")
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def _table(section: type[BaseModel]) -> str:
    rows = "\n".join(_row(section, name) for name in section.model_fields)
    return f"| key | value | default | meaning |\n|---|---|---|---|\n{rows}\n"


def _row(section: type[BaseModel], name: str) -> str:
    field = section.model_fields[name]
    key = field.alias or name
    cells = (f"`{key}`", _value(section, key), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value == "" or isinstance(value, BaseModel) or (isinstance(value, tuple | dict) and not value):
        return ""
    if field.alias == "start":
        return f"`{format_instant(value)}`"
    if isinstance(value, int) and (field.alias or "").startswith("interval"):
        return f"`{format_duration(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _value(section: type[BaseModel], key: str) -> str:
    schema = section.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    # a section that holds itself stands among its own definitions
    own = definitions[section.__name__] if "$ref" in schema else schema
    return _kind_of(own["properties"][key], definitions)


def _kind_of(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "$ref" in schema:
        return "mapping"
    if "anyOf" in schema or "oneOf" in schema:
        kinds = [_kind_of(one, definitions) for one in schema.get("anyOf", schema.get("oneOf", ()))]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "null"))
    return _simple(schema, definitions)


def _simple(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join({"string": "text", "integer": "whole number"}.get(one, str(one)) for one in kind)
    if kind == "string":
        pattern = schema.get("pattern", "")
        return "duration" if "ns|us" in pattern else "instant" if "now" in pattern else "text"
    if kind == "array":
        return f"list of {_kind_of(schema.get('items', {}), definitions)}"
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _range(schema)
    return {"object": "mapping", "boolean": "`true`, `false`"}.get(str(kind), str(kind))


def _range(schema: dict[str, Any]) -> str:
    low, high, above = schema.get("minimum"), schema.get("maximum"), schema.get("exclusiveMinimum")
    parts = [f"above {above:,}" if above is not None else "", f"from {low:,}" if low is not None else ""]
    parts.append(f"up to {high:,}" if high is not None and high < 2**53 else "")
    return "".join(f" {part}" for part in parts if part)


def _words() -> str:
    lines = ["| `do` | keys | meaning |", "|---|---|---|"]
    for word, step in STEPS.items():
        keys = ", ".join(_own_keys(step))
        lines.append(f"| `{word}` | {keys} | {(step.__doc__ or '').strip()} |")
    return "\n".join(lines) + "\n"


def _own_keys(step: type[StepBase]) -> Iterator[str]:
    inherited = set(StepBase.model_fields) | {"do"}
    for name, field in step.model_fields.items():
        if name not in inherited:
            needed = field.is_required() or (name == "on" and issubclass(step, DeviceStep))
            yield f"`{field.alias or name}`" + ("" if needed else " (optional)")


def main() -> int:
    """Write both files, from the root of a checkout."""
    documentation = Path("docs/scenario.md")
    documentation.write_text(with_tables(documentation.read_text(encoding="utf-8")), encoding="utf-8")
    Path("scenarios/scenario.schema.json").write_text(schema_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
