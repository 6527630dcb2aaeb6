"""An actor, on a thread of its own, around something that goes on and on in short turns."""

from typing import Any, Final, Protocol

from engine.threaded import ThreadedActor, WakeUp
from schemas.commands import Crash


class Work(Protocol):
    """What is to be done; all of it on the actor's thread."""

    def open(self) -> None:
        """Begin."""

    def turn(self) -> None:
        """Go on for a fraction of a second. Any error ends this incarnation."""

    def view(self) -> Any:
        """How it goes."""

    def drain(self) -> bool:
        """Do what has been begun; whether all was done."""

    def close(self) -> None:
        """Let go of everything."""


class GetView:
    """How does it go? The reply is the work's own view."""

    __slots__ = ()


class Turn(WakeUp):
    """Told by an actor to itself: go on."""

    __slots__ = ()


_TURN: Final = Turn()


class TurningActor(ThreadedActor):
    """Goes on until it is stopped; then it does what has been begun."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def on_start(self) -> None:
        self._work.open()
        self.actor_ref.tell(_TURN)

    def on_receive(self, message: Any) -> Any:
        match message:
            case Turn():
                self._work.turn()
                self.actor_ref.tell(_TURN)
            case GetView():
                return self._work.view()
            case Crash():
                raise RuntimeError(message.message)
            case _:
                raise TypeError(f"{type(self).__name__} takes no {type(message).__name__}")
        return None

    def on_stop(self) -> None:
        try:
            self._work.drain()
        finally:
            self._work.close()

    def on_failure(self, *_: Any) -> None:
        self._work.close()
