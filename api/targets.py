"""Hosts and files that a scenario sent over the API may name: those that the server's settings allow, and no others.

Who may write a scenario here need not be who owns the machine.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from api.doors.egress import ALLOWED, Egress
from api.doors.files import Files
from schemas.problems import Problem
from schemas.scenario import Scenario

HOSTS: Final = frozenset({"host", "servers", "registry", "url", "upstream"})
FILES: Final = frozenset({"path", "file", "folder", "root"})
FILE_ENDS: Final = ("_file", "_path", "_folder", "_dir")
"""What the names of options end in that name files; so that a sink from outside has no door of its own."""


def foreign_targets(scenario: Scenario, egress: Egress, files: Files | None = None) -> list[Problem]:
    """What a scenario names that it may not, by its path in the scenario. Without `files` it may name none."""
    files = files or Files()
    problems = []
    for path, key, value in _texts(scenario.document(), ""):
        if key in HOSTS and not all(map(egress.lists, value.split(","))):
            problems.append(Problem(path, repr(value[:80]), ALLOWED))
        elif (key in FILES or key.endswith(FILE_ENDS)) and not files.lists(value):
            problems.append(Problem(path, repr(value[:80]), files.allowed))
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
