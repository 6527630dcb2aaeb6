"""Who asks which source: one poller for all devices that mirror the same machine."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from actors.families import DEVICES
from actors.sources.base import ANSWER_S, Guide, Looks
from actors.sources.linux import LinuxFiles
from actors.sources.poller import Poller
from engine.clock import Wall
from engine.devices.base import Mirror, Source
from engine.supervision import Backoff, ChildSpec
from schemas.addresses import device_address, source_address
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario
from schemas.settings import Settings

MOST_SOURCES: Final = 64
"""Each has a thread."""
_BACKOFF: Final = Backoff(0.5, 10.0)
_SHUTDOWN_S: Final = ANSWER_S + 1.0


class _Has(Protocol):
    """Of a device's memory, its body is what matters here."""

    kind: str
    body: Any


def mirrors(kind: str) -> bool:
    """Whether devices of a kind mirror real hardware."""
    return bool(getattr(DEVICES.get(kind), "mirrors", False))


def check_sources(scenario: Scenario, settings: Settings) -> None:
    """Whether every source can be looked for; `InvalidInput` when not. Asks nobody."""
    problems = []
    mirrored = [(n, group) for n, group in enumerate(scenario.fleet) if mirrors(group.kind)]
    for n, group in mirrored:
        word, url = group.settings.get("source", "auto"), group.settings.get("url")
        path = f"fleet[{n}].settings"
        if word == "url" and url is None and settings.monitor_target() is None:
            problems.append(Problem(f"{path}.url", "nothing", "where the monitor is, or DATA_SIMULATOR_MONITOR_URL"))
        if word in ("hwmon", "psutil") and url is not None:
            problems.append(Problem(f"{path}.url", "a URL", f"none beside source: {word}"))
    if len({tuple(sorted(group.settings.items())) for _, group in mirrored}) > MOST_SOURCES:
        problems.append(Problem("fleet", f"more than {MOST_SOURCES} sources of real hardware", f"up to {MOST_SOURCES}"))
    if problems:
        raise InvalidInput(f"scenario '{scenario.name}'", problems)


def source_children(
    devices: Mapping[str, _Has], settings: Settings, wall: Wall, guide: Guide | None = None
) -> list[ChildSpec]:
    """The pollers of a fleet; `guide` says where the monitors that a scenario names are connected to."""
    wanted: dict[Source, list[str]] = {}
    for id, memory in devices.items():
        if mirrors(memory.kind) and isinstance(memory.body, Mirror):
            wanted.setdefault(memory.body.source, []).append(device_address(id))
    return [
        _child(source_address(n), addresses, source.poll_s, partial(_looks, source, settings, wall, guide), wall)
        for n, (source, addresses) in enumerate(wanted.items())
    ]


def _child(address: str, devices: Iterable[str], poll_s: float, looks: Callable[[], Looks], wall: Wall) -> ChildSpec:
    told = tuple(devices)

    def start(*_: Any) -> Any:
        return Poller.start(looks(), told, poll_s, wall)

    return ChildSpec(address, start, backoff=_BACKOFF, shutdown_s=_SHUTDOWN_S, threaded=True)


def _looks(source: Source, settings: Settings, wall: Wall, guide: Guide | None) -> Looks:
    """What a source's word means here and now; its library is loaded only now, since few fleets mirror anything."""
    named = settings.monitor_target()
    target = source.target or (named if source.word in ("url", "auto") else None)
    if target is not None and source.word in ("url", "auto"):
        # the password is for the one host that the settings name, not for whatever a scenario does
        same = named is not None and named[:3] == target[:3]
        from actors.sources.monitor import Monitor

        return Monitor(target, settings.monitor_login() if same else None, guide=guide)
    files = LinuxFiles(Path(source.root), wall)
    if source.word == "hwmon" or (source.word == "auto" and files.is_there()):
        return files
    from actors.sources.psutil import Psutil

    return Psutil()
