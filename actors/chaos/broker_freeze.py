"""Broker freeze: the embedded MQTT broker's process is stopped (SIGSTOP), as on a machine that swaps, and goes on."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from actors.chaos.base import Backstage, NotPossibleError, Parameters


class _BrokerFreeze:
    """Connections stay open and say nothing; the sink keeps what it has and sends again what was not confirmed."""

    name = "broker-freeze"
    layer = "broker"
    targets: Sequence[str] = ("run",)
    outside = True
    parameters = Parameters

    def begin(self, stage: Backstage, target: str, parameters: Parameters) -> Any:
        """Stop the process; answers which one."""
        pid = getattr(getattr(stage.embedded, "mqtt", None), "pid", None)
        if pid is None:
            raise NotPossibleError("mqtt: found no embedded broker of this run; allowed: without MQTT_HOST")
        os.kill(pid, signal.SIGSTOP)
        return pid

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Let it go on; nothing happens when it is gone."""
        with suppress(ProcessLookupError):
            os.kill(token, signal.SIGCONT)


ACTION: Final = _BrokerFreeze()
