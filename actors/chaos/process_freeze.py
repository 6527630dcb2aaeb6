"""Process freeze: this process is stopped (SIGSTOP) and goes on after a while of real time, as if swapped out."""

import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, Parameters


class ProcessFreezeParameters(Parameters):
    """How long, in real time: while it is stopped, nobody here can count."""

    seconds: Annotated[float, Field(gt=0, le=3600, strict=False)] = 2.0


class _ProcessFreeze:
    """Time stands for the whole fleet; afterwards the lag policy says how what was missed is made up for."""

    name = "process-freeze"
    layer = "process"
    targets: Sequence[str] = ("run",)
    outside = True
    once = True
    parameters = ProcessFreezeParameters

    def begin(self, stage: Backstage, target: str, parameters: ProcessFreezeParameters) -> Any:
        """Leave somebody behind who wakes this process, and stop it."""
        me = os.getpid()
        waker = f"sleep {parameters.seconds:g}; kill -CONT {me}"
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(["/bin/sh", "-c", waker], stdin=quiet, stdout=quiet, stderr=quiet)
        os.kill(me, signal.SIGSTOP)
        return process

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """It goes on already; see the other one off."""
        token.poll()


ACTION: Final = _ProcessFreeze()
