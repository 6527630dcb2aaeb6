"""The stage: what a scenario needs before its actors can go on - sinks made ready, routes drawn, nothing started."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from actors.device import Outlets
from actors.families import FORMATS, SINKS, format_word
from actors.sinks.base import Claimed, GoesOn, HasConnections, LiveOptions, Surroundings, TakesFaults, clashes
from actors.sinks.base.reading import read_options
from actors.sinks.base.valve import Buckets
from actors.spoiling import SpoiledFormat
from engine.directory import Directory, Endpoint
from schemas.addresses import JOURNAL
from schemas.formats.base import Format, is_wire, tells_faults
from schemas.problems import InvalidInput, Problem
from schemas.scenario import DeviceSpec, Scenario, SinkSpec
from schemas.scenario.steps import ChaosStep
from schemas.settings import Settings

__all__ = ["Router", "build_sinks", "check_sinks"]

_PATH: Final = "sinks[{}].options"


def check_sinks(scenario: Scenario, *, resumed: bool = False) -> list[Any]:
    """Each sink's validated options, in order; `InvalidInput` when a sink could not be opened. Opens nothing.

    `resumed` asks for those of a process that goes on with the run of an earlier one.
    """
    options: list[Any] = []
    problems: list[Problem] = []
    claims: list[Claimed] = []
    for index, spec in enumerate(scenario.sinks):
        path = _PATH.format(index)
        kind = SINKS.get(spec.kind)
        problems += _format_problems(f"sinks[{index}]", spec, kind)
        chosen, wrong = read_options(kind.options, spec.options)
        if resumed and not wrong and isinstance(kind, GoesOn):
            chosen = kind.going_on(chosen)
        problems += [_under(path, problem) for problem in wrong or kind.prepare(chosen, spec.truth)]
        if spec.faults:
            problems += _fault_problems(f"sinks[{index}]", spec, kind)
            if chosen is not None and isinstance(kind, TakesFaults):
                problems += [_under(path, problem) for problem in kind.prepare_faults(chosen)]
        if chosen is not None:
            claims.append(Claimed(path, kind, chosen, spec.truth, spec.faults))
        options.append(chosen)
    problems += clashes(claims)
    if problems:
        raise InvalidInput(f"scenario '{scenario.name}'", problems)
    return options


def wants_spool(scenario: Scenario) -> bool:
    """Whether a sink keeps what it has accepted on disk until it is delivered."""
    for spec in scenario.sinks:
        model = SINKS.get(spec.kind).options
        if issubclass(model, LiveOptions) and spec.options.get("spool") != "none":
            return True
    return False


def build_sinks(
    scenario: Scenario,
    options: Sequence[Any],
    *,
    gated: Callable[[], bool],
    footer: Callable[[], str],
    ended: Callable[[str], None],
    settings: Settings,
    state_folder: Path | None = None,
    spoiled: Mapping[str, SpoiledFormat] | None = None,
) -> list[Any]:
    """One sink per entry of the scenario; their actors are not started. `spoiled` are the formats of some of them."""
    buckets = Buckets(settings.server().egress_per_s)
    return [
        SINKS.get(spec.kind).build(
            chosen,
            Surroundings(
                name=spec.name,
                format=(spoiled or {}).get(spec.name) or _format(spec),
                truth=spec.truth,
                faults=spec.faults,
                gated=gated,
                footer=footer,
                ended=ended,
                state_folder=state_folder,
                buckets=buckets,
                settings=settings,
            ),
        )
        for spec, chosen in zip(scenario.sinks, options, strict=True)
    ]


def spoiled_formats(scenario: Scenario) -> dict[str, SpoiledFormat]:
    """The formats, by sink, of those whose records chaos may spoil."""
    meant = {step.sink for step in scenario.timeline if isinstance(step, ChaosStep)} | set(scenario.chaos.formats)
    return {
        spec.name: SpoiledFormat(_format(spec), scenario.seed, spec.name)
        for spec in scenario.sinks
        if spec.name in meant
    }


class Router:
    """Where each device's frames and truths go; devices of one route share one tuple."""

    def __init__(
        self, specs: Sequence[SinkSpec], sinks: Sequence[Any], directory: Directory, beside: Sequence[Endpoint] = ()
    ) -> None:
        """Who stands `beside` the sinks is told everything of every device."""
        self._specs = specs
        self._doors = [directory.endpoint(sink.address) for sink in sinks]
        self._connecting = [isinstance(sink, HasConnections) and sink.has_connections for sink in sinks]
        self._journal = directory.endpoint(JOURNAL)
        self._beside = tuple(beside)
        self._routes: dict[tuple[int, ...], Outlets] = {}

    def __call__(self, device: DeviceSpec) -> Outlets:
        """The outlets of one device."""
        chosen = tuple(index for index, spec in enumerate(self._specs) if spec.select.matches(device))
        route = self._routes.get(chosen)
        if route is None:
            route = self._routes[chosen] = Outlets(
                frames=(*(self._doors[index] for index in chosen), *self._beside),
                truth=(*(self._doors[index] for index in chosen if self._specs[index].truth), *self._beside),
                journal=self._journal,
                faults=tuple(self._doors[index] for index in chosen if self._specs[index].faults),
                connections=tuple(self._doors[index] for index in chosen if self._connecting[index]),
            )
        return route


def _format(spec: SinkSpec) -> Format:
    """The format of a sink; sinks know nothing of mappings."""
    form = FORMATS.get(format_word(spec))
    return form.mapped(spec.mapping.payload()) if spec.mapping is not None and is_wire(form) else form


def _format_problems(path: str, spec: SinkSpec, kind: Any) -> list[Problem]:
    """A mapping of a format that has no schema; a binary format where records are lines."""
    form = FORMATS.get(format_word(spec))
    found = []
    if spec.mapping is not None and not is_wire(form):
        allowed = "a mapping only with a format that has a schema, such as avro or json-schema"
        found.append(Problem(f"{path}.mapping", f"a mapping for the format {form.name}", allowed))
    if getattr(form, "binary", False) and not getattr(kind, "binary", False):
        allowed = "a format of lines, such as json or json-schema"
        found.append(Problem(f"{path}.format", f"{form.name} for the kind {spec.kind}", allowed))
    return found


def _fault_problems(path: str, spec: SinkSpec, kind: Any) -> list[Problem]:
    """A kind or a format that knows nothing of records of faults."""
    found = []
    if not isinstance(kind, TakesFaults):
        able = ", ".join(name for name in SINKS.names() if isinstance(SINKS.get(name), TakesFaults))
        found.append(Problem(f"{path}.faults", f"true for the kind {spec.kind}", f"true only for the kinds {able}"))
    form = FORMATS.get(format_word(spec))
    if not tells_faults(form):
        able = ", ".join(name for name in FORMATS.names() if tells_faults(FORMATS.get(name)))
        found.append(Problem(f"{path}.faults", f"true for the format {form.name}", f"true only for the formats {able}"))
    return found


def _under(path: str, problem: Problem) -> Problem:
    place = f"{path}.{problem.path}" if problem.path else path
    return Problem(place, problem.found, problem.allowed, problem.hint)
