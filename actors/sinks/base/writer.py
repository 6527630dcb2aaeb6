"""The writer of a sink: the actor, on a thread of its own, that may wait for the outside."""

from collections.abc import Callable
from typing import Any, Final

from actors.sinks.base.pump import Pump
from engine.threaded import ThreadedActor, WakeUp
from schemas.commands import Crash


class Turn(WakeUp):
    """Told by a writer to itself: there may be something to carry out."""

    __slots__ = ()


_TURN: Final = Turn()


class Writer(ThreadedActor):
    """Carries out what waits in the lane. `make` gives the pump for this incarnation."""

    def __init__(self, make: Callable[[int, Callable[[], None]], Pump]) -> None:
        super().__init__()
        self._pump = make(self.generation, self._wake)

    def _wake(self) -> None:
        try:
            self.actor_ref.tell(_TURN)
        except Exception:
            pass  # dead: its successor looks into the lane by itself; full: it will come to that

    def on_start(self) -> None:
        try:
            self._pump.start()
        except BaseException:
            self._pump.fail()
            raise

    def on_receive(self, message: Any) -> Any:
        match message:
            case Turn():
                if not self._pump.turn():  # replaced: nothing is left to do here, and nobody may be there to stop it
                    self._pump.fail()
                    self.stop()
            case Crash():
                raise RuntimeError(message.message)
            case _:
                raise TypeError(f"a writer takes no {type(message).__name__}")

    def on_stop(self) -> None:
        self._pump.finish()

    def on_failure(self, *_: Any) -> None:
        self._pump.fail()
