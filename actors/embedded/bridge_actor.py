"""The bridge as an actor: supervised, on a thread of its own."""

from typing import Any, Final

from actors.embedded.bridge import DRAIN_S, Bridge, BridgeSpec
from engine.threaded import ThreadedActor
from schemas.commands import Crash

SHUTDOWN_S: Final = DRAIN_S + 3.0
"""How long a supervisor should let it drain."""


class Turn:
    """Told by an actor to itself: go on."""

    __slots__ = ()


class GetBridge:
    """How much went through? The reply is a `BridgeView`."""

    __slots__ = ()


_TURN: Final = Turn()


class BridgeActor(ThreadedActor):
    """Carries MQTT messages to Kafka until it is stopped; a stop first lets through what is on its way.

    Any error ends this incarnation; what it had not acknowledged is sent again to its successor.
    """

    def __init__(self, spec: BridgeSpec) -> None:
        super().__init__()
        self._bridge = Bridge(spec)

    def on_start(self) -> None:
        self._bridge.open()
        self.actor_ref.tell(_TURN)

    def on_receive(self, message: Any) -> Any:
        match message:
            case Turn():
                self._bridge.turn()
                self.actor_ref.tell(_TURN)
            case GetBridge():
                return self._bridge.view()
            case Crash():
                raise RuntimeError(message.message)
            case _:
                raise TypeError(f"a bridge takes no {type(message).__name__}")
        return None

    def on_stop(self) -> None:
        try:
            self._bridge.drain()
        finally:
            self._bridge.close()

    def on_failure(self, *_: Any) -> None:
        self._bridge.close()
