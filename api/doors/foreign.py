"""A scenario from the network: it may say what lives and what happens, but not which files or hosts are used.

Files belong to the server, so no sink writes one and nothing reads one; hosts are those that the owner has listed.
"""

from collections.abc import Iterator
from typing import Any, Final

from api.doors.egress import ALLOWED, Egress
from schemas.problems import Problem
from schemas.scenario import Scenario
from schemas.scenario.findings import show
from schemas.target import read_target

SINKS: Final = ("console", "kafka", "memory", "mqtt", "null")
"""The sinks that a scenario from the network may have."""
_MQTT_PORT: Final = 8883


def foreign_problems(scenario: Scenario, egress: Egress) -> list[Problem]:
    """What such a scenario may not say, by its path."""
    problems: list[Problem] = []
    for n, sink in enumerate(scenario.sinks):
        path = f"sinks[{n}]"
        if sink.kind not in SINKS:
            problems.append(Problem(f"{path}.kind", show(sink.kind), f"over the network: {', '.join(SINKS)}"))
            continue
        problems += _of_options(f"{path}.options", sink.options, egress)
    for n, group in enumerate(scenario.fleet):
        problems += _of_settings(f"fleet[{n}].settings", group.settings, egress)
    return problems


def _of_options(path: str, options: Any, egress: Egress) -> Iterator[Problem]:
    for name, value in options.items():
        if value is not None and (name == "path" or name.endswith(("_file", "_folder", "_dir"))):
            yield Problem(f"{path}.{name}", "a file", "none over the network", "Files belong to the server.")
    host, port = options.get("host"), options.get("port")
    if host is not None and not egress.allows(str(host), int(port or _MQTT_PORT)):
        yield Problem(f"{path}.host", show(host), ALLOWED)
    for server in str(options.get("servers") or "").split(","):
        name, _, port = server.strip().rpartition(":")
        if server.strip() and not (port.isdigit() and len(port) < 6 and egress.allows(name, int(port))):
            yield Problem(f"{path}.servers", show(server.strip()), ALLOWED)
    if (registry := options.get("registry")) is not None and not _is_listed(str(registry), egress):
        yield Problem(f"{path}.registry", show(registry), ALLOWED)


def _of_settings(path: str, settings: Any, egress: Egress) -> Iterator[Problem]:
    """A device that mirrors a real machine looks at files, or asks a monitor."""
    if "root" in settings:
        yield Problem(f"{path}.root", "a folder", "none over the network", "Files belong to the server.")
    if (url := settings.get("url")) is not None and not _is_listed(str(url), egress):
        yield Problem(f"{path}.url", show(url), ALLOWED)


def _is_listed(url: str, egress: Egress) -> bool:
    try:
        target = read_target(url)
    except ValueError:
        return False
    return egress.allows(target.host, target.port)
