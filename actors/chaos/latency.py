"""Latency: everything through the proxy takes longer, in order."""

from typing import Final

from actors.chaos._toxic import Milliseconds, ToxicAction, ToxicParameters


class LatencyParameters(ToxicParameters):
    """The dose."""

    latency_ms: Milliseconds = 100.0
    jitter_ms: Milliseconds = 0.0


ACTION: Final = ToxicAction(
    "latency", LatencyParameters, lambda p: {"latency_s": p.latency_ms / 1e3, "jitter_s": p.jitter_ms / 1e3}
)
