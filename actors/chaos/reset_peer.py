"""Reset peer: connections are ended with a RST, at once or after a while."""

from typing import Final

from actors.chaos._toxic import Milliseconds, ToxicAction, ToxicParameters


class ResetPeerParameters(ToxicParameters):
    """The dose."""

    timeout_ms: Milliseconds = 0.0


ACTION: Final = ToxicAction("reset-peer", ResetPeerParameters, lambda p: {"delay_s": p.timeout_ms / 1e3})
