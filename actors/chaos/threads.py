"""Threads: this process can start no more of them, as under a limit of tasks (`pids.max`, RLIMIT_NPROC).

It is acted out where Python starts threads, because the limits of the system do not hold for root. Threads that
libraries written in C start by themselves are not counted.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, Parameters

_DOORS: Final = tuple(name for name in ("_start_joinable_thread", "_start_new_thread") if hasattr(threading, name))
"""What `threading` starts a thread with: the first since Python 3.13, the other one before."""


class ThreadsParameters(Parameters):
    """How many may still be started."""

    left: Annotated[int, Field(ge=0, le=1000)] = 0


class _Threads:
    """Those that are there go on; whoever needs another one fails and is tried again by its owner."""

    name = "threads"
    layer = "host"
    targets: Sequence[str] = ("run",)
    outside = True
    anew = True
    """Another dose is one from the beginning: the earlier one is ended first."""
    parameters = ThreadsParameters

    def begin(self, stage: Backstage, target: str, parameters: ThreadsParameters) -> Any:
        """Refuse them, in the words of Python when the system does."""
        real = {name: getattr(threading, name) for name in _DOORS}
        left = [parameters.left]
        for name, start in real.items():
            setattr(threading, name, _counted(start, left))
        return real

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Start them again."""
        for name, start in token.items():
            setattr(threading, name, start)


def _counted(start: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*arguments: Any, **more: Any) -> Any:
        if left[0] <= 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        return start(*arguments, **more)

    return counted


ACTION: Final = _Threads()
