"""The words that a scenario may use here, with what there is to know of each."""

from collections.abc import Callable, Iterator, Mapping
from inspect import getdoc
from typing import Any, Final

from actors.chaos import ACTIONS
from actors.families import CAUSES, DEVICES, FAULTS, FORMATS, LINKS, MODES, SENSORS, SINKS
from engine.ageing.base import service_of
from engine.families import BrokenMember, Family
from schemas.problems import InvalidInput, Problem, suggest

Facts = dict[str, Any]


def first_line(member: object) -> str:
    """What a member says of itself: the first line of its docstring."""
    return (getdoc(member) or "").partition("\n")[0]


def catalogue(family: str | None = None) -> dict[str, dict[str, Facts]]:
    """Every word by its family; a member that cannot be used shows why under `broken`."""
    if family is None:
        return {name: _members(name) for name in _FAMILIES}
    if family not in _FAMILIES:
        allowed = ", ".join(_FAMILIES)
        raise InvalidInput("kinds", [Problem("FAMILY", repr(family), allowed, suggest(family, _FAMILIES))])
    return {family: _members(family)}


def text(found: Mapping[str, Mapping[str, Facts]]) -> str:
    """The same for a person."""
    return "\n".join(line for family, members in found.items() for line in _family_lines(family, members)) + "\n"


def _members(name: str) -> dict[str, Facts]:
    family, facts = _FAMILIES[name]
    return {word: _facts(family, word, facts) for word in family.names()}


def _facts(family: Family[Any], word: str, facts: Callable[[Any], Facts]) -> Facts:
    try:
        member = family.get(word)
    except BrokenMember as error:
        return {"origin": family.origin(word), "broken": error.reason}
    return {"origin": family.origin(word), **facts(member)}


def _device(kind: Any) -> Facts:
    return {
        "models": {model: list(kind.setups[model]) for model in kind.models},
        "profiles": list(kind.profiles),
        "sensors": {fit.name: fit.quantity for fit in kind.sensors},
        "settable": {name: _setting(setting) for name, setting in kind.settable.items()},
        "boot_s": kind.boot_s,
    }


def _setting(setting: Any) -> str:
    said = not setting.unit or setting.unit in setting.allowed
    return str(setting.allowed) if said else f"{setting.allowed} ({setting.unit})"


def _sensor(kind: Any) -> Facts:
    return {"quantity": kind.quantity, "unit": kind.unit}


def _mode(mode: Any) -> Facts:
    return {
        "summary": getattr(mode, "summary", "") or first_line(mode),
        "part": mode.part,
        "effect": mode.effect,
        "repair": service_of(mode),
    }


def _fault(fault: Any) -> Facts:
    return {
        "parameters": {
            parameter.name: {
                "meaning": parameter.meaning,
                "allowed": parameter.allowed(),
                "default": parameter.default,
            }
            for parameter in fault.parameters
        }
    }


def _link(fault: Any) -> Facts:
    return {"layer": fault.layer, **_fault(fault)}


def _sink(sink: Any) -> Facts:
    fields = sink.options.model_fields.items()
    return {"options": {name: "required" if field.is_required() else _default(field) for name, field in fields}}


def _default(field: Any) -> Any:
    """A default as plain data; options may have options of their own."""
    value = field.get_default(call_default_factory=True)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _format(form: Any) -> Facts:
    return {"extension": form.extension}


def _action(action: Any) -> Facts:
    fields = action.parameters.model_fields.items()
    return {
        "layer": action.layer,
        "targets": list(action.targets),
        "outside": action.outside,
        "parameters": {name: field.get_default() for name, field in fields},
    }


_FAMILIES: Final[Mapping[str, tuple[Family[Any], Callable[[Any], Facts]]]] = {
    "devices": (DEVICES, _device),
    "sensors": (SENSORS, _sensor),
    "modes": (MODES, _mode),
    "faults": (FAULTS, _fault),
    "links": (LINKS, _link),
    "causes": (CAUSES, _fault),
    "sinks": (SINKS, _sink),
    "formats": (FORMATS, _format),
    "chaos": (ACTIONS, _action),
}


def _family_lines(family: str, members: Mapping[str, Facts]) -> Iterator[str]:
    yield f"{family}:"
    for word, facts in members.items():
        yield f"  {word}"
        for name, value in facts.items():
            if name != "origin" or not _own(value):
                yield from _fact_lines(name, value)


def _own(origin: str) -> bool:
    return origin.startswith(("engine.", "actors.", "schemas."))


def _fact_lines(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"    {name}: {_plain(value)}"
        return
    yield f"    {name}:"
    for key, inner in value.items():
        yield f"      {key}: {_plain(inner)}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping) and "meaning" in value:
        default = "" if value["default"] is None else f" (default {value['default']})"
        return f"{value['meaning']}: {value['allowed']}{default}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={inner}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
