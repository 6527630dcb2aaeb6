"""The life cycle of a device: every state, every signal, and the one table that says what leads where."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a device stands in its life."""

    PROVISIONED = "provisioned"
    BOOTING = "booting"
    RUNNING = "running"
    THROTTLED = "throttled"
    DEGRADED = "degraded"
    PAUSED = "paused"
    FAILED = "failed"
    STOPPED = "stopped"


class Signal(StrEnum):
    """What can happen to a device in its life."""

    BOOT = "boot"
    BOOTED = "booted"
    RECOVER = "recover"
    THROTTLE = "throttle"
    DEGRADE = "degrade"
    FAIL = "fail"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RESTART = "restart"
    REPAIR = "repair"


_LIVING: Final[Mapping[Signal, State]] = {
    Signal.RECOVER: State.RUNNING,
    Signal.THROTTLE: State.THROTTLED,
    Signal.DEGRADE: State.DEGRADED,
    Signal.FAIL: State.FAILED,
    Signal.PAUSE: State.PAUSED,
    Signal.STOP: State.STOPPED,
    Signal.RESTART: State.BOOTING,
}


def _living(state: State) -> dict[Signal, State]:
    table = {signal: after for signal, after in _LIVING.items() if after is not state}
    table[Signal.REPAIR] = state
    return table


TRANSITIONS: Final[Mapping[State, Mapping[Signal, State]]] = MappingProxyType(
    {
        State.PROVISIONED: {Signal.BOOT: State.BOOTING, Signal.STOP: State.STOPPED},
        State.BOOTING: {
            Signal.BOOTED: State.RUNNING,
            Signal.FAIL: State.FAILED,
            Signal.STOP: State.STOPPED,
            Signal.RESTART: State.BOOTING,
            Signal.REPAIR: State.BOOTING,
        },
        State.RUNNING: _living(State.RUNNING),
        State.THROTTLED: _living(State.THROTTLED),
        State.DEGRADED: _living(State.DEGRADED),
        State.PAUSED: {
            Signal.RESUME: State.RUNNING,
            Signal.FAIL: State.FAILED,
            Signal.STOP: State.STOPPED,
            Signal.RESTART: State.BOOTING,
            Signal.REPAIR: State.PAUSED,
        },
        State.FAILED: {Signal.REPAIR: State.BOOTING, Signal.RESTART: State.BOOTING, Signal.STOP: State.STOPPED},
        State.STOPPED: {Signal.RESTART: State.BOOTING, Signal.REPAIR: State.STOPPED},
    }
)
"""What each signal leads to, from each state; a signal that is not listed is refused there."""

SPEAKING: Final = frozenset({State.RUNNING, State.THROTTLED, State.DEGRADED})
"""The states in which a device samples its sensors and sends frames."""

POWERED: Final = SPEAKING | {State.BOOTING, State.PAUSED}
"""The states in which a device draws power, warms up and wears."""


class NotPossible(ValueError):
    """A signal does not apply in the present state."""

    def __init__(self, state: State, signal: Signal) -> None:
        allowed = ", ".join(sorted(TRANSITIONS[state]))
        super().__init__(f"a device that is {state} cannot {signal}; possible now: {allowed}")
        self.state = state
        self.signal = signal


def after(state: State, signal: Signal) -> State:
    """The state that follows; raises `NotPossible` when the table has no such transition."""
    following = TRANSITIONS[state].get(signal)
    if following is None:
        raise NotPossible(state, signal)
    return following
