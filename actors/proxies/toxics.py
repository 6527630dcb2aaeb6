"""Toxics: what can be wrong with a connection. One of each kind at a time, on one direction or on both."""

from typing import Final, Literal, NamedTuple

Stream = Literal["upstream", "downstream", "both"]
UPSTREAM: Final = "upstream"
"""From the client to the server."""
DOWNSTREAM: Final = "downstream"
"""From the server to the client."""
BOTH: Final = "both"

Kind = Literal[
    "latency",
    "bandwidth",
    "slow-close",
    "timeout",
    "reset-peer",
    "slicer",
    "limit-data",
    "down",
    "wrong-address",
    "refuse-login",
]


class Toxic(NamedTuple):
    """One kind of trouble with its numbers; those of other kinds are not looked at."""

    kind: Kind
    stream: Stream = "both"
    toxicity: float = 1.0
    """The share of connections that it is on, by lot with the seed."""
    latency_s: float = 0.0
    jitter_s: float = 0.0
    rate_bytes_per_s: float = 0.0
    delay_s: float = 0.0
    """`slow-close`: until the other side hears of it; `timeout` and `reset-peer`: until the end, 0 for never."""
    average_bytes: int = 0
    size_variation: int = 0
    slice_delay_s: float = 0.0
    limit_bytes: int = 0
    host: str = ""
    port: int = 0
    """`wrong-address`: where new connections are led instead."""
    reason: int = 0
    """`refuse-login`: the reason code of MQTT 5 with which a client is turned away."""

    def on(self, upstream: bool) -> bool:
        """Whether it is on this direction."""
        return self.stream == BOTH or (self.stream == UPSTREAM) == upstream
