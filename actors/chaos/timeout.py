"""Timeout: connections stay and nothing comes through, until they are ended after a while (0: never)."""

from typing import Final

from actors.chaos._toxic import Milliseconds, ToxicAction, ToxicParameters


class TimeoutParameters(ToxicParameters):
    """The dose."""

    timeout_ms: Milliseconds = 0.0


ACTION: Final = ToxicAction("timeout", TimeoutParameters, lambda p: {"delay_s": p.timeout_ms / 1e3})
