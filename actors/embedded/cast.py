"""Bridge and tail as actors: supervised, each on a thread of its own."""

from collections.abc import Callable
from typing import Final

from actors.embedded.bridge import DRAIN_S, Bridge, BridgeSpec
from actors.embedded.tail import Tail, Tailed, TailSpec
from actors.embedded.turning import TurningActor

BRIDGE_SHUTDOWN_S: Final = DRAIN_S + 3.0
"""How long a supervisor should let a bridge drain."""
TAIL_SHUTDOWN_S: Final = 3.0


class BridgeActor(TurningActor):
    """Carries MQTT messages to Kafka until it is stopped; a stop first lets through what is on its way.

    Any error ends this incarnation; what it had not acknowledged is sent again to its successor.
    """

    def __init__(self, spec: BridgeSpec) -> None:
        super().__init__(Bridge(spec))


class TailActor(TurningActor):
    """Tells `emit`, on its own thread, of what passes by."""

    def __init__(self, spec: TailSpec, emit: Callable[[Tailed], None]) -> None:
        super().__init__(Tail(spec, emit))
