"""What of the real brokers is on this machine, and what a test does about what is not."""

import os
import shutil
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

REQUIRED: Final = "TEST_BROKERS"
"""Environment variable: `required` makes a missing broker a failure. `.ci/run` sets it, having installed them all."""

HINT: Final = "`bash tests/brokers/install.sh` installs it"


def folder() -> Path:
    """Where install.sh put what comes from Maven."""
    cache_folder = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache_folder) / "data-simulator-tests" / "current"


@cache
def program(name: str) -> str | None:
    """Where a program is; servers are in folders that not everybody searches."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin")


def missing(*, programs: Sequence[str] = (), parts: Sequence[str] = (), modules: Sequence[str] = ()) -> str | None:
    """The first thing that is not there, as a reason; `None` when all is."""
    for name in programs:
        if program(name) is None:
            return f"no {name} on this machine: {HINT}"
    for part in parts:
        if not (folder() / part).is_dir():
            return f"{part} was not fetched: {HINT}"
    for module in modules:
        if find_spec(module) is None:
            return f"the Python package {module} is not installed"
    return None


def need(*, programs: Sequence[str] = (), parts: Sequence[str] = (), modules: Sequence[str] = ()) -> None:
    """Skip the test that asks, and say why, when something is missing; fail it where all of it should be there."""
    reason = missing(programs=programs, parts=parts, modules=modules)
    if reason is None:
        return
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{REQUIRED}=required, but {reason}", pytrace=False)
    pytest.skip(reason)
