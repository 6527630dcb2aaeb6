"""CPU hog: processes beside this one compute for nothing, so that the fleet gets less of the machine."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, Parameters


class CpuHogParameters(Parameters):
    """How many."""

    processes: Annotated[int, Field(ge=1, le=64)] = 1


class _CpuHog:
    """The fleet falls behind real time when too little is left; nothing is lost, and the lag is measured."""

    name = "cpu-hog"
    layer = "host"
    targets: Sequence[str] = ("run",)
    outside = True
    anew = True
    parameters = CpuHogParameters

    def begin(self, stage: Backstage, target: str, parameters: CpuHogParameters) -> Any:
        """Start them."""
        return [_spinner() for _ in range(parameters.processes)]

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """End them."""
        for process in token:
            process.kill()
            process.wait(5)
            process.stdin.close()


def _spinner() -> "subprocess.Popen[bytes]":
    """A process that spins until it is killed, or until this one is gone and its input ends."""
    code = (
        "import os, sys, threading\n"
        "threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()\n"
        "while True: pass\n"
    )
    return subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


ACTION: Final = _CpuHog()
