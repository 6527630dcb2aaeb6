"""The table of `docs/chaos.md` that says what shows each kind of trouble is held to the tests and to the actions."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from actors.chaos import ACTIONS
from engine.faults import FAULTS
from engine.links import LINKS

DOCUMENT = Path("docs/chaos.md").read_text(encoding="utf-8")
FILES = {path.name: path for path in Path("tests").rglob("test_*.py")}
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
LAYERS = (
    *("sensor", "sensor", "link", "device", "device", "actor", "actor", "actor", "format", "network", "network"),
    *("broker", "broker", "Kafka", "registry", "clock", "process", "host", "disk", "API"),
)


class Row(NamedTuple):
    trouble: str
    promise: str
    tests: list[tuple[str, str]]


def rows() -> list[Row]:
    table = DOCUMENT.partition("<!-- seen -->")[2].partition("<!-- end of seen -->")[0]
    lines = [line.strip("|\n ").split(" | ") for line in table.splitlines() if line.startswith("| **")]
    return [Row(trouble, promise, NAMED.findall(shown)) for trouble, promise, shown in lines]


def test_there_is_a_row_for_each_kind_of_trouble() -> None:
    assert tuple(row.trouble.split("**")[1] for row in rows()) == LAYERS
    assert all(row.promise and row.tests for row in rows())


def test_every_test_that_is_named_is_collected() -> None:
    named = set(NAMED.findall(DOCUMENT))
    assert {file for file, _ in named} <= set(FILES)
    files = sorted({str(FILES[file]) for file, _ in named})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    found = {
        (path.rpartition("/")[2], name.partition("[")[0])
        for path, _, name in (line.partition("::") for line in done.stdout.splitlines())
        if name
    }
    assert named <= found, named - found


@pytest.mark.parametrize("word", [*ACTIONS.names(), *FAULTS.names(), *LINKS.names()])
def test_every_kind_of_trouble_stands_in_a_row_whose_tests_speak_of_it(word: str) -> None:
    mine = [row for row in rows() if f"`{word}`" in row.trouble]
    assert mine, f"{word} stands in no row"
    sources = [FILES[file].read_text(encoding="utf-8") for row in mine for file, _ in row.tests]
    assert any(word in source for source in sources)
