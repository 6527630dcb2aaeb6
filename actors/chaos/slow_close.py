"""Slow close: when one side hangs up, the other hears of it late."""

from typing import Final

from actors.chaos._toxic import Milliseconds, ToxicAction, ToxicParameters


class SlowCloseParameters(ToxicParameters):
    """The dose."""

    delay_ms: Milliseconds = 1000.0


ACTION: Final = ToxicAction("slow-close", SlowCloseParameters, lambda p: {"delay_s": p.delay_ms / 1e3})
