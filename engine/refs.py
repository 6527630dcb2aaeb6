"""What the references of both kinds of actor have in common: nobody waits for ever, no handler waits at all."""

import threading
from typing import Any, Final

import pykka
from pykka import ActorDeadError, messages

from engine.future import Helper, LightFuture, WouldBlockError

_here: Final = threading.get_ident


class Ref(pykka.ActorRef[Any]):
    """Reference to an actor; usable from any thread."""

    _cell: Any

    def is_alive(self) -> bool:
        """Whether the actor takes messages."""
        return not self._cell.dead

    def post_ask(self, message: Any, future: Any, urgent: bool = False) -> None:
        """Send a message whose reply goes into a future; `urgent` overtakes where there is a control lane."""
        raise NotImplementedError

    def ask(self, message: Any, *, block: bool = True, timeout: float | None = None) -> Any:
        """Send a message and wait for the reply, `timeout` seconds at most (`None`: `LightFuture.patience_s`).

        Raises `WouldBlockError` in a handler on a dispatcher: there, tell, or ask with `block=False`.
        """
        if block:
            self._refuse_in_handler()
        future: LightFuture[Any] = LightFuture()
        self.post_ask(message, future)
        return future.get(timeout=timeout) if block else future

    def stop(self, *, block: bool = True, timeout: float | None = None) -> Any:
        """Ask the actor to stop once what it was told before is done; see `pykka.ActorRef.stop`."""
        return self._stop(block, timeout, urgent=False)

    def halt(self, *, block: bool = False, timeout: float | None = None) -> Any:
        """Like `stop`, but overtaking the messages of a threaded actor; those become dead letters."""
        return self._stop(block, timeout, urgent=True)

    def _stop(self, block: bool, timeout: float | None, urgent: bool) -> Any:
        if block:
            self._refuse_in_handler()
        asked: LightFuture[Any] = LightFuture()
        self.post_ask(messages._ActorStop(), asked, urgent)
        if block:
            return was_alive(asked, timeout)
        stopped: LightFuture[bool] = LightFuture()
        stopped.set_get_hook(lambda limit: was_alive(asked, limit))
        return stopped

    def _refuse_in_handler(self) -> None:
        helper = Helper.by_thread.get(_here())
        if helper is not None and helper.running and helper.owner == _here():
            raise WouldBlockError(f"a handler may not wait for {self}: tell, or ask with block=False")


def was_alive(asked: LightFuture[Any], timeout: float | None) -> bool:
    """What `stop` answers: false when the actor was dead already."""
    try:
        asked.get(timeout=timeout)
    except ActorDeadError:
        return False
    return True
