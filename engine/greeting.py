"""Hears when an actor on a thread of its own has gone through its `on_start`."""

from collections.abc import Callable
from typing import Any, Final

from pykka.messages import ProxyGetAttr

_ANY: Final = ProxyGetAttr(attr_path=("generation",))
"""Something every actor answers without a line of its own code."""


class _Greeting:
    """Stands in for the future of an ask: the answer is all that counts."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def set(self, _: Any = None) -> None:
        """It answers, so it has begun."""
        self._call()

    def set_exception(self, _: Any = None) -> None:
        """It has ended; that is reported elsewhere."""


def when_begun(ref: Any, call: Callable[[], object]) -> None:
    """Call this once on the actor's own thread when its `on_start` is behind it; never when that failed.

    `ref` is what a `ThreadedActor` gave when it was started.
    """
    ref.post_ask(_ANY, _Greeting(call), urgent=True)
