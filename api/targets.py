"""Hosts and files that a scenario sent over the API may name: those that the server's settings allow, and no others.

Who may write a scenario here need not be who owns the machine.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from api.doors.egress import ALLOWED, Egress
from schemas.problems import Problem
from schemas.scenario import Scenario

HOSTS: Final = frozenset({"host", "servers", "registry", "url", "upstream"})
FILES: Final = frozenset({"path", "folder", "rejected_file", "ca_file", "cert_file", "key_file", "root"})


def foreign_targets(scenario: Scenario, egress: Egress) -> list[Problem]:
    """What a scenario names that it may not, by its path in the scenario."""
    problems = []
    for path, key, value in _texts(scenario.document(), ""):
        if key in HOSTS and not all(map(egress.lists, value.split(","))):
            problems.append(Problem(path, repr(value[:80]), ALLOWED))
        elif key in FILES and not _is_inside(value):
            problems.append(Problem(path, repr(value[:80]), "a file of the server's own folder, without .."))
    return problems


def _texts(found: Any, path: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text in plain data, with its path and its key."""
    if isinstance(found, str):
        yield path, key, found
    elif isinstance(found, Mapping):
        for name, value in found.items():
            yield from _texts(value, f"{path}.{name}" if path else str(name), str(name))
    elif isinstance(found, list | tuple):
        for place, value in enumerate(found):
            yield from _texts(value, f"{path}[{place}]", key)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\\" not in path
