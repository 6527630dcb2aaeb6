"""Toxics of the run's proxies as Toxiproxy names them, read from what chaos holds, and back."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from actors.chaos import ACTIONS
from actors.chaos.base import NotPossibleError, read_parameters
from api.models.toxiproxy import ProxyShown, ToxicShown
from api.problems import not_found, refused
from api.route import Call
from schemas.commands import Command, PlaySteps, Refused

DOWN: Final = "down"
ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    "latency": {"latency": "latency_ms", "jitter": "jitter_ms"},
    "bandwidth": {"rate": "rate_kb_per_s"},
    "slow_close": {"delay": "delay_ms"},
    "timeout": {"timeout": "timeout_ms"},
    "reset_peer": {"timeout": "timeout_ms"},
    "slicer": {"average_size": "average_bytes", "size_variation": "size_variation", "delay": "delay_us"},
    "limit_data": {"bytes": "bytes"},
}
"""Of each type: what Toxiproxy calls its numbers, and what the action of chaos calls them."""
_WHOLE: Final = frozenset({"average_bytes", "size_variation", "bytes"})


class Proxy(NamedTuple):
    """A proxy, and the parameters of what is in force at it, by action."""

    name: str
    listen: str
    upstream: str
    in_force: Mapping[str, Mapping[str, Any]]


def proxies_of(call: Call) -> list[Proxy]:
    """All proxies of the run, asked for on the fleet's thread."""
    run = call.world.run
    return run.call(lambda: _found(run.simulation.timeline))


def _found(timeline: Any) -> list[Proxy]:
    held = {key: timeline.holds.in_force(key) or {} for key in timeline.holds if key[0] == "action"}
    return [
        Proxy(
            name,
            proxy.address,
            f"{proxy.to[0]}:{proxy.to[1]}",
            {action: given for (_, action, target), given in held.items() if target == name},
        )
        for name, proxy in timeline.stage.proxies.items()
    ]


def proxy_of(call: Call) -> Proxy:
    """The proxy of the address. Raises `ApiProblem` (404)."""
    name = call.path["proxy"]
    for proxy in proxies_of(call):
        if proxy.name == name:
            return proxy
    raise not_found("proxy", name)


def action_of(call: Call, proxy: Proxy) -> str:
    """The action that a toxic's name stands for. Raises `ApiProblem` (404)."""
    name = call.path["toxic"]
    for action in proxy.in_force:
        if action.replace("-", "_") in ATTRIBUTES and toxic_of(proxy, action).name == name:
            return action
    raise not_found("toxic", name)


def shown(proxy: Proxy) -> ProxyShown:
    """A proxy as Toxiproxy shows it."""
    toxics = tuple(toxic_of(proxy, action) for action in proxy.in_force if action.replace("-", "_") in ATTRIBUTES)
    return ProxyShown(
        name=proxy.name,
        listen=proxy.listen,
        upstream=proxy.upstream,
        enabled=DOWN not in proxy.in_force,
        toxics=toxics,
    )


def toxic_of(proxy: Proxy, action: str) -> ToxicShown:
    """As Toxiproxy shows it. Raises `ApiProblem` (409) when it is gone again."""
    if action not in proxy.in_force:
        raise refused("the toxic is gone already")
    kind: Any = action.replace("-", "_")
    given = ACTIONS.get(action).parameters.model_validate(dict(proxy.in_force[action])).model_dump()
    stream: Any = given["stream"]
    attributes = {theirs: given[ours] for theirs, ours in ATTRIBUTES[kind].items()}
    toxicity = float(given["toxicity"])
    return ToxicShown(name=f"{kind}_{stream}", type=kind, stream=stream, toxicity=toxicity, attributes=attributes)


def parameters(kind: str, attributes: Mapping[str, float]) -> dict[str, float]:
    """Toxiproxy's numbers under the action's names. Raises `ApiProblem` (409) for one that the type does not have."""
    names = ATTRIBUTES[kind]
    unknown = [name for name in attributes if name not in names]
    if unknown:
        raise refused(f"attributes: found {', '.join(unknown)}; a toxic of the type {kind} has {', '.join(names)}")
    return {
        names[name]: int(value) if names[name] in _WHOLE and value == int(value) else value
        for name, value in attributes.items()
    }


def check(action: str, dose: Mapping[str, Any]) -> None:
    """Raise `ApiProblem` (409) unless the action takes these parameters."""
    try:
        read_parameters(ACTIONS.get(action), dose)
    except NotPossibleError as error:
        raise refused(str(error)) from None


def begin(action: str, proxy: str, parameters: Mapping[str, Any]) -> PlaySteps:
    """The step that begins an action at a proxy now, to last until it is ended."""
    step = {"at": "0s", "do": "chaos", "action": action, "proxy": proxy, "parameters": dict(parameters)}
    return PlaySteps(json.dumps({"timeline": [step]}))


def send(call: Call, command: Command) -> None:
    """Send a command. Raises `ApiProblem` (409) when it is refused."""
    reply = call.world.run.send(command)
    if isinstance(reply, Refused):
        raise refused(reply.reason)
