"""Flood: fill an actor's mailbox with messages that mean nothing."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, Parameters
from actors.messages import FaultEnded, SetChain
from schemas.queries import GetBooks

MOST: Final = 1_000_000


class FloodParameters(Parameters):
    """How many messages."""

    messages: Annotated[int, Field(ge=1, le=MOST)] = 10_000


class _Flood:
    """Messages stand in one line, so everybody behind them waits; nothing is lost and nothing changes."""

    name = "flood"
    layer = "actor"
    targets: Sequence[str] = ("on", "sink")
    outside = False
    parameters = FloodParameters

    def begin(self, stage: Backstage, target: str, parameters: FloodParameters) -> Any:
        """Tell them all at once."""
        endpoint = stage.endpoint(target)
        message = self._message(stage, target)
        for _ in range(parameters.messages):
            endpoint.tell(message)

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Nothing remains."""

    def _message(self, stage: Backstage, target: str) -> Any:
        """What the actor understands, and what changes nothing."""
        kind, _, rest = target.partition("/")
        if kind == "sinks":
            return GetBooks(rest)
        device, _, sensor = rest.partition("/")
        return SetChain(stage.devices[device].chain(sensor)) if sensor else FaultEnded("flood")


ACTION: Final = _Flood()
