"""Broker freeze: the embedded MQTT broker's process is stopped (SIGSTOP), as on a machine that swaps, and goes on."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from actors.chaos.base import Backstage, NotPossibleError, Parameters

_THAW: Final = ("/bin/sh", "-c", 'read -r _; kill -CONT "$0"')
"""Waits for the other end of its stdin to close, which happens however this process ends, and lets the broker go on:
a stopped process would not notice that nobody is left whom it serves."""
_THAWS_S: Final = 5.0


class _Frozen(NamedTuple):
    """The process that is stopped, and the one that will let it go on if this one dies."""

    pid: int
    thaw: subprocess.Popen[bytes]


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
        try:
            thaw = subprocess.Popen([*_THAW, str(pid)], stdin=subprocess.PIPE, start_new_session=True)
        except OSError as error:
            raise NotPossibleError(f"broker-freeze: no process can be made: {error.strerror}") from None
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        return _Frozen(pid, thaw)

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Let it go on; nothing happens when it is gone."""
        with suppress(ProcessLookupError):
            os.kill(token.pid, signal.SIGCONT)
        token.thaw.stdin.close()
        try:
            token.thaw.wait(_THAWS_S)
        except subprocess.TimeoutExpired:
            token.thaw.kill()
            token.thaw.wait()


ACTION: Final = _BrokerFreeze()
