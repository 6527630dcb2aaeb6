"""Down: nobody listens at the proxy; new connections are refused, those that are there end."""

from typing import Final

from actors.chaos._toxic import ToxicAction, ToxicParameters


class DownParameters(ToxicParameters):
    """The dose."""


ACTION: Final = ToxicAction("down", DownParameters, lambda _: {})
