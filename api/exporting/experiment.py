"""A scenario as an experiment of Chaos Toolkit, which drives a served fleet over its API and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.exporting.fleet import check_pace
from api.exporting.posts import Post, Script, script
from schemas.durations import format_duration
from schemas.scenario import Scenario
from schemas.scenario.conditions import Condition
from schemas.scenario.expectations import Expectations

TIMEOUT_S: Final = 30
_S: Final = 1e9
_GROWING: Final = ("dropped", "rejected", "lost")
"""Columns of a sink's books that never get less: a bound on them holds before as well."""
_COUNTED: Final = ("restarts", "given_up", "refused", "failures", "dead_letters")


class Exported(NamedTuple):
    """An experiment, and what of the scenario it does not say."""

    experiment: dict[str, Any]
    unsaid: tuple[str, ...]


def exported(scenario: Scenario) -> Exported:
    """See the module. `InvalidInput` names what no experiment can be made of."""
    pace = check_pace(scenario)
    plan = script(scenario)
    unsaid = (*plan.unsaid, *_unsaid(scenario))
    experiment = {
        "title": _text(scenario.description.rstrip(".") or f"The scenario {scenario.name}"),
        "description": _text(_description(scenario, plan, pace)),
        "tags": ["data-simulator", scenario.name],
        "configuration": {
            "base_url": {"type": "env", "key": "DATA_SIMULATOR_URL", "default": "http://127.0.0.1:8080"},
            "api_key": {"type": "env", "key": "DATA_SIMULATOR_KEY", "default": "none"},
        },
        "extensions": [
            {"name": "data-simulator", "scenario": scenario.name, "seed": scenario.seed, "unsaid": list(unsaid)}
        ],
        "steady-state-hypothesis": {
            "title": "The fleet is as it should be, and nothing unexpected has been seen",
            "probes": list(_probes(scenario, pace)),
        },
        "method": list(_method(scenario, plan, pace)),
        "rollbacks": [
            _call("undo-everything", "/v1/chaos/abort", {"reason": "rolled back by Chaos Toolkit", "forget": True})
        ],
    }
    return Exported(experiment, unsaid)


def _description(scenario: Scenario, plan: Script, pace: float) -> str:
    lasts = f"{format_duration(plan.ends_ns)} of the fleet's time in {plan.ends_ns / _S / pace:.0f} s"
    return (
        f"The scenario {scenario.name} with seed {scenario.seed} at pace {pace:g}: {lasts}, against a server that "
        "serves what 'data-simulator export SCENARIO --as fleet' writes."
    )


# --- the hypothesis ---


def _probes(scenario: Scenario, pace: float) -> Iterator[dict[str, Any]]:
    yield {**_probe("the-server-is-ready", "/readyz"), "tolerance": 200}
    yield _path("the-fleet-has-the-seed", "/v1/runs?limit=1", "$.items[0].seed", scenario.seed)
    yield _path("the-clock-has-the-pace", "/v1/clock", "$.pace", pace)
    yield _path("the-clock-runs", "/v1/clock", "$.paused", False)
    yield _path("no-chaos-is-in-force", "/v1/chaos", "$.held", [])
    expected = scenario.expectations
    if expected is None:
        return
    for condition in (*expected.steady_state, *(each for each in expected.at_end if _only_grows(each))):
        data = _plain(condition)
        # the server looks at how long it has held; one look has no past
        data.pop("for", None)
        probe = _path(condition.name or condition.text().replace(" ", "-"), "/v1/chaos/look", "$.holds", True)
        probe["provider"] |= _posted({"conditions": [data]})
        yield probe
    yield _path("nothing-unexpected-was-seen", "/v1/chaos", "$.unexpected", [])


def _only_grows(condition: Condition) -> bool:
    counted = (condition.books is not None and condition.count in _GROWING) or condition.metric in _COUNTED
    return counted and condition.above is None and condition.at_least is None


def _unsaid(scenario: Scenario) -> Iterator[str]:
    expected = scenario.expectations
    if expected is None:
        return
    for n, condition in enumerate(expected.at_end):
        if not _only_grows(condition):
            yield f"expectations.at_end[{n}] {condition.name or condition.text()}: the served fleet has no end"
    if expected.monitor is not None:
        yield "expectations.monitor: no monitor is under test"
    if expected.twin != "never" and scenario.timeline:
        yield "expectations.twin: a served fleet has no clean twin"


# --- the method ---


def _method(scenario: Scenario, plan: Script, pace: float) -> Iterator[dict[str, Any]]:
    """The judge first, if there is one, and bounds for all; then step after step, each after its pause."""
    chaos = _plain(scenario.chaos)
    chaos.pop("formats", None)
    cap = {"chaos": {"cap_percent": chaos["cap_percent"]}} if "cap_percent" in chaos else {}
    calls = [(0, _call("begin", "/v1/chaos/steps", _beginning(scenario, chaos)))]
    calls += [(post.at_ns, _step(post, cap)) for post in plan.posts]
    before_ns = 0
    for n, (at_ns, call) in enumerate(calls):
        pauses = {}
        if at_ns > before_ns:
            pauses["before"] = (at_ns - before_ns) / _S / pace
        if n == len(calls) - 1 and plan.ends_ns > at_ns:
            pauses["after"] = (plan.ends_ns - at_ns) / _S / pace
        yield {**call, **({"pauses": pauses} if pauses else {})}
        before_ns = at_ns


def _beginning(scenario: Scenario, chaos: Mapping[str, Any]) -> dict[str, Any]:
    judged = {} if scenario.expectations is None else _judged(scenario.expectations)
    return {"timeline": [], "chaos": dict(chaos), "expectations": judged}


def _judged(expected: Expectations) -> dict[str, Any]:
    data = _plain(expected)
    return {key: data[key] for key in ("steady_state", "back_within", "deviations", "always") if key in data}


def _step(post: Post, more: Mapping[str, Any]) -> dict[str, Any]:
    return _call(post.name, "/v1/chaos/steps", {**post.body, **more})


def _call(name: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    provider = {**_provider(path), **_posted(body)}
    return {"type": "action", "name": name, "provider": provider}


# --- the parts ---


def _path(name: str, address: str, path: str, wanted: object) -> dict[str, Any]:
    return {
        **_probe(name, address),
        "tolerance": {"type": "jsonpath", "path": path, "expect": [wanted], "target": "body"},
    }


def _probe(name: str, address: str) -> dict[str, Any]:
    return {"type": "probe", "name": name, "provider": _provider(address)}


def _provider(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "url": "${base_url}" + path,
        "timeout": TIMEOUT_S,
        "headers": {"Authorization": "Bearer ${api_key}"},
    }


def _posted(body: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer ${api_key}"}
    return {"method": "POST", "headers": headers, "arguments": _escaped(body)}


def _escaped(value: Any) -> Any:
    """Texts as they come out of Chaos Toolkit's templates as they were."""
    match value:
        case str():
            return _text(value)
        case Mapping():
            return {key: _escaped(each) for key, each in value.items()}
        case Sequence():
            return [_escaped(each) for each in value]
    return value


def _text(text: str) -> str:
    return text.replace("$", "$$")


def _plain(section: Any) -> dict[str, Any]:
    data: dict[str, Any] = section.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return data
