"""Asking: futures that cost no lock until somebody really waits, references; nobody waits for ever."""

import queue
import sys
import threading
from typing import Any, ClassVar, Final, TypeVar

import pykka
from pykka import ActorDeadError, messages
from pykka import Timeout as Timeout
from pykka._future import _Unset

T = TypeVar("T")
_LOCK: Final = threading.Lock()
_UNSET: Final[Any] = object()


class WouldBlockError(RuntimeError):
    """A handler on a dispatcher tried to wait for something that only the dispatcher itself can bring."""


class Helper:
    """Which dispatcher a thread works for: its actors start there, and waiting there must not block it."""

    by_thread: ClassVar[dict[int, Any]] = {}

    @classmethod
    def restore(cls, thread: int, before: Any) -> None:
        """Put back what stood there before."""
        if before is None:
            cls.by_thread.pop(thread, None)
        else:
            cls.by_thread[thread] = before


class LightFuture(pykka.Future[T]):
    """A Pykka future for both kinds of actor.

    `get(timeout=None)` waits `patience_s` at most: nothing in this program waits for ever. On a dispatcher's own
    thread it never waits: in a handler it raises `WouldBlockError`, outside of one it lives the present instant first.
    """

    patience_s: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._get_hook = None
        self._get_hook_result = _Unset()
        self._hook_lock: Any = None
        self._value: Any = _UNSET
        self._error: Any = None
        self._waiter: threading.Event | None = None
        self.home: Any = None
        """The dispatcher that will bring the value, when one will."""

    def done(self) -> bool:
        """Whether a value or an exception is there."""
        return self._value is not _UNSET

    def get(self, *, timeout: float | None = None) -> Any:
        """The value, or the exception raised; `Timeout` after `timeout` seconds."""
        if self._get_hook is not None:
            with self._hook_lock:
                return super().get(timeout=timeout)
        if self._value is _UNSET:
            self._await(self.patience_s if timeout is None else timeout)
        if self._error is None:
            return self._value
        kind, error, trace = self._error
        if error is None:
            error = kind()
        raise error.with_traceback(trace)

    def _await(self, timeout: float) -> None:
        helper = Helper.by_thread.get(threading.get_ident()) or self.home
        if helper is not None:
            helper.help()
            if self.home is helper and not self.done() and helper.owner == threading.get_ident():
                raise Timeout("nobody answers in the present instant")
        with _LOCK:
            if self._value is not _UNSET:
                return
            waiter = self._waiter
            if waiter is None:
                waiter = self._waiter = threading.Event()
        if not waiter.wait(max(timeout, 0.0)) and self._value is _UNSET:
            raise Timeout(f"{timeout} seconds")

    def set(self, value: T | None = None) -> None:
        """Give the value; `queue.Full` when there is one already."""
        self._settle(value, None)

    def set_exception(self, exc_info: Any = None) -> None:
        """Give an exception (by default the one being handled); `queue.Full` when there is a result already."""
        assert exc_info is None or len(exc_info) == 3
        self._settle(None, sys.exc_info() if exc_info is None else exc_info)

    def _settle(self, value: Any, error: Any) -> None:
        with _LOCK:
            if self._value is not _UNSET or self._get_hook is not None:
                raise queue.Full
            self._error = error
            self._value = value
            waiter = self._waiter
        if waiter is not None:
            waiter.set()

    def set_get_hook(self, func: Any) -> None:
        """Give a function that makes the value when it is asked for."""
        with _LOCK:
            if self._value is not _UNSET:
                raise queue.Full
            self._hook_lock = threading.RLock()
            self._get_hook = func


class Ask:
    """A message with somebody waiting for the reply."""

    __slots__ = ("future", "message")

    def __init__(self, message: Any, future: Any) -> None:
        self.message = message
        self.future = future

    def refuse(self, why: str) -> None:
        """Nobody will reply: the asker gets `ActorDeadError`."""
        self.future.set_exception((ActorDeadError, ActorDeadError(why), None))


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
        helper = Helper.by_thread.get(threading.get_ident())
        if helper is not None and helper.running and helper.owner == threading.get_ident():
            raise WouldBlockError(f"a handler may not wait for {self}: tell, or ask with block=False")


def was_alive(asked: LightFuture[Any], timeout: float | None) -> bool:
    """What `stop` answers: false when the actor was dead already."""
    try:
        asked.get(timeout=timeout)
    except ActorDeadError:
        return False
    return True


NO_ANSWER: Final = (Timeout, ActorDeadError)
"""What an ask raises when no answer comes."""
