"""Whether there is a browser on this machine, and what a test does when there is none."""

import os
import shutil
from importlib.util import find_spec
from typing import Final

import pytest

REQUIRED: Final = "TEST_BROWSER"
"""Environment variable: `required` makes a missing browser a failure. `.ci/run` sets it, having installed one."""

HINT: Final = "`bash tests/browser/install.sh` installs it"
PROGRAM: Final = "chromium"
MODULES: Final = ("playwright", "axe_playwright_python")


def missing() -> str | None:
    """The first thing that is not there, as a reason; `None` when all is."""
    if shutil.which(PROGRAM) is None:
        return f"no {PROGRAM} on this machine: {HINT}"
    for module in MODULES:
        if find_spec(module) is None:
            return f"the Python package {module} is not installed"
    return None


def need_browser() -> str:
    """Where the browser is. Skips the test that asks, and says why; fails it where there should be one."""
    reason = missing()
    if reason is not None:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"{REQUIRED}=required, but {reason}", pytrace=False)
        pytest.skip(reason)
    return str(shutil.which(PROGRAM))
