"""Process kill: this process ends by SIGKILL, without a word; what was accepted is on disk for the next one."""

import os
import signal
from collections.abc import Sequence
from typing import Any, Final

from actors.chaos.base import Backstage, Parameters


class _ProcessKill:
    """Nothing is flushed, nothing is closed. A run with a state goes on where this one stood when it is begun again."""

    name = "process-kill"
    layer = "process"
    targets: Sequence[str] = ("run",)
    outside = True
    once = True
    parameters = Parameters

    def begin(self, stage: Backstage, target: str, parameters: Parameters) -> Any:
        """End now, once: a run that goes on from before this instant does not end here again."""
        if stage.dies(self.name, target):
            os.kill(os.getpid(), signal.SIGKILL)

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """There is nobody left to undo anything."""


ACTION: Final = _ProcessKill()
