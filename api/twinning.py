"""Two futures of one past, as the command line shows them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from actors.branch import AS_PLANNED, Difference, Future, Twins, checkpoint, exact_rul_s, past
from api.loading import load
from api.options import Kernels
from api.progress import human_seconds
from engine import kernels
from schemas.durations import parse_duration
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario
from schemas.yaml_door import load_yaml

DEFAULT_NS: Final = 600 * 10**9
"""Length of a scenario without an end of its own, beyond where the futures part."""
_NS: Final = 1e9


class Asked(NamedTuple):
    """What the command line asks for."""

    at: str
    do: tuple[str, ...]
    without: tuple[str, ...]
    rul: tuple[str, ...]
    horizon: str
    kernels: Kernels


def report(argument: str | None, overrides: Sequence[str], asked: Asked, *, as_json: bool) -> str:
    """Live both futures; what to say of them."""
    at_ns, horizon_ns = _duration("--at", asked.at), _duration("--horizon", asked.horizon)
    scenario = load(argument, overrides).scenario
    length_ns = scenario.duration_ns or at_ns + DEFAULT_NS
    if length_ns <= at_ns:
        raise InvalidInput("twin", [Problem("--at", asked.at, "an instant before the end of the scenario")])
    kernels.load(asked.kernels)
    future = Future(tuple(_step(text) for text in asked.do), asked.without)
    taken = _past(scenario, at_ns)
    found = _live(scenario, taken, future, scenario.start_ns + length_ns)
    lives = {id: _rul_s(scenario, taken, future, id, horizon_ns / _NS) for id in asked.rul}
    document = {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "at_s": at_ns / _NS,
        "until_s": length_ns / _NS,
        "devices": [_plain(one, scenario.start_ns) for one in found],
        "exact_rul_s": {id: {"first": pair[0], "second": pair[1]} for id, pair in lives.items()},
    }
    return json.dumps(document, indent=2) + "\n" if as_json else "\n".join(_lines(document)) + "\n"


def _duration(option: str, text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidInput("twin", [Problem(option, repr(text), "a time such as 90s, 10m, 6h or 1d")]) from error


def _step(text: str) -> Mapping[str, Any]:
    value = load_yaml(text, "--do").value
    if not isinstance(value, dict):
        raise InvalidInput("twin", [Problem("--do", repr(text), "a step such as {do: repair, on: all, mode: fan}")])
    return value


def _past(scenario: Scenario, at_ns: int) -> bytes:
    simulation = past(scenario, scenario.start_ns + at_ns)
    try:
        return checkpoint(simulation)
    finally:
        simulation.close()


def _live(scenario: Scenario, taken: bytes, future: Future, until_ns: int) -> tuple[Difference, ...]:
    twins = Twins(scenario, taken, AS_PLANNED, future)
    try:
        twins.live_to(until_ns)
        return twins.differences()
    finally:
        twins.close()


def _rul_s(
    scenario: Scenario, taken: bytes, future: Future, device: str, horizon_s: float
) -> tuple[float | None, float | None]:
    return exact_rul_s(scenario, taken, device, horizon_s), exact_rul_s(scenario, taken, device, horizon_s, future)


def _plain(one: Difference, start_ns: int) -> dict[str, Any]:
    def second(time_ns: int | None) -> float | None:
        return None if time_ns is None else (time_ns - start_ns) / _NS

    return {
        "device": one.device,
        "frames": one.frames,
        "first_s": second(one.first_ns),
        "last_s": second(one.last_ns),
        "sensors": list(one.sensors),
        "failed_s": [second(time_ns) for time_ns in one.failed_ns],
    }


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    differing = [one for one in document["devices"] if one["frames"]]
    yield f"{document['scenario']}, seed {document['seed']}: one past to {human_seconds(document['at_s'])}, two futures"
    yield f"to {human_seconds(document['until_s'])}; {len(differing)} of {len(document['devices'])} devices differ"
    for one in differing:
        when = f"{human_seconds(one['first_s'])} to {human_seconds(one['last_s'])}"
        yield f"  {one['device']}: {one['frames']} frames, {when}: {', '.join(one['sensors']) or 'no reading'}"
        if any(time is not None for time in one["failed_s"]):
            yield f"    failed at: {_either(one['failed_s'])}"
    for id, pair in document["exact_rul_s"].items():
        yield f"  {id}: exact remaining life {_either([pair['first'], pair['second']])}"


def _either(pair: Sequence[float | None]) -> str:
    return " in the first, ".join("never" if time is None else human_seconds(time) for time in pair) + " in the second"
