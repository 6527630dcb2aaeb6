"""Overrides: `path=value` on top of a scenario, as `--set` gives them."""

from collections.abc import Sequence

from schemas.paths import Path, PathError, parse_path
from schemas.problems import InvalidInput, Problem, suggest
from schemas.scenario.findings import MOST, Finding, show, show_text
from schemas.yaml_door import YamlLimits, load_yaml

_DEEPEST = 16
_VALUE_LIMITS = YamlLimits(size=16 * 1024, nodes=2_000)


def apply_overrides(data: dict[str, object], overrides: Sequence[str]) -> tuple[dict[Path, str], list[Finding]]:
    """Change the document; gives which override set which place, and what is wrong with the others.

    The value is YAML. A list's entry is meant by its index or its name: `fleet[0].count=100`, `fleet.pi.interval=5s`.
    Missing mappings on the way are made (`fleet.pi.wear.dust=0.3`); list entries are not.
    """
    origins: dict[Path, str] = {}
    findings: list[Finding] = []
    for override in overrides:
        try:
            path, value = _split(override)
            place = _place(data, path, override)
            _store(data, place, value)
            origins[place] = override
        except _OverrideError as error:
            findings.append(error.finding)
            if len(findings) > MOST:
                break
    return origins, findings


class _OverrideError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding


def _refuse(override: str, allowed: str, hint: str = "") -> _OverrideError:
    return _OverrideError(Finding(("--set",), show_text(override), allowed, hint))


def _split(override: str) -> tuple[Path, object]:
    where, equals, text = override.partition("=")
    if not equals:
        raise _refuse(override, "path=value, such as seed=7 or fleet[0].count=100")
    try:
        path = parse_path(where.strip())
    except PathError as error:
        raise _refuse(override, str(error)) from None
    if len(path) > _DEEPEST:
        raise _refuse(override, f"a path of at most {_DEEPEST} steps")
    try:
        value = load_yaml(text, "--set", _VALUE_LIMITS).value
    except InvalidInput as error:
        problem: Problem = error.problems[0]
        raise _refuse(override, f"a value in YAML ({problem.found})", problem.allowed) from None
    return path, value


def _place(data: dict[str, object], path: Path, override: str) -> Path:
    """The path with names of list entries turned into their indices; makes missing mappings on the way."""
    here: object = data
    place: list[str | int] = []
    for position, step in enumerate(path):
        if isinstance(here, list):
            step = _index(here, step, override)
        elif not isinstance(here, dict) or isinstance(step, int):
            raise _refuse(override, _leads_nowhere(here, step))
        place.append(step)
        if position < len(path) - 1:
            here = _child(here, step)
    return tuple(place)


def _leads_nowhere(here: object, step: str | int) -> str:
    what = "an index" if isinstance(step, int) else "a key"
    return f"a path that exists; {show(here)} has no entry for {what} {show(step)}"


def _child(here: object, step: str | int) -> object:
    if isinstance(here, list) and isinstance(step, int):
        return here[step]
    assert isinstance(here, dict)
    if here.get(str(step)) is None:
        here[str(step)] = {}
    return here[str(step)]


def _index(entries: list[object], step: str | int, override: str) -> int:
    if isinstance(step, int):
        if step >= len(entries):
            raise _refuse(override, f"an index from 0 to {len(entries) - 1}" if entries else "a list with entries")
        return step
    names = [_name_of(entry) for entry in entries]
    if step not in names:
        known = [name for name in names if name]
        raise _refuse(override, f"one of the names {', '.join(known[:50])}", suggest(step[:64], known))
    if names.count(step) > 1:
        raise _refuse(override, f"an index; {names.count(step)} entries are called {show_text(step)}")
    return names.index(step)


def _name_of(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    name = entry.get("name") or ("kind" in entry and (entry["kind"] or "null"))
    return name if isinstance(name, str) else ""


def _store(data: dict[str, object], place: Path, value: object) -> None:
    if not place:
        return
    here: object = data
    for step in place[:-1]:
        here = _child(here, step)
    if isinstance(here, list) and isinstance(place[-1], int):
        here[place[-1]] = value
    elif isinstance(here, dict):
        here[str(place[-1])] = value
