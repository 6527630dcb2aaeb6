"""Commands: imperative, frozen, addressed. Command line, API and a scenario's timeline send the very same ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

LINK: Final = "link"
"""Stands where a sensor's name stands when a fault is that of the device's link or clock."""
BODY: Final = "body"
"""Stands where a sensor's name stands when a common cause acts on the device's body."""
DEVICE: Final = "device"
"""Stands where a sensor's name stands when it is about a device as a whole."""

Scalar = float | int | str | bool
ErrorWord = Literal["RuntimeError", "MemoryError", "RecursionError", "SystemExit", "KeyboardInterrupt"]
ERRORS: Final[Mapping[str, type[BaseException]]] = MappingProxyType(
    {error.__name__: error for error in (RuntimeError, MemoryError, RecursionError, SystemExit, KeyboardInterrupt)}
)
"""What a crash may raise, by name."""
_NOTHING: Final[Mapping[str, Scalar]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop sampling; the body lives on."""

    device: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Sample again after a pause."""

    device: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Reboot the device: sticky flags are cleared, the body keeps its heat and its wear."""

    device: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Switch the device off; it says nothing until it is restarted."""

    device: str


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Change one parameter of the body (see the device kind's list of settable parameters)."""

    device: str
    name: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class SetInterval:
    """Change the sampling interval of one sensor, or of all when `sensor` is `None`."""

    device: str
    interval_ns: int
    sensor: str | None = None


@dataclass(frozen=True, slots=True)
class InjectFault:
    """Hang a sensor fault into a sensor's chain; for `link`, a fault into its link; for `body`, a cause."""

    device: str
    sensor: str
    fault: str
    parameters: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)
    duration_ns: int | None = None
    """How long it lasts; `None` until it is cleared."""
    id: str | None = None
    """Chosen by the caller, or made from device, sensor and a counter."""


@dataclass(frozen=True, slots=True)
class ClearFault:
    """Take sensor faults away: one by its id, or all of the device when `id` is `None`."""

    device: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class InjectWear:
    """Bring one failure mode of the body to a given damage at once (a shock); it never lowers damage."""

    device: str
    mode: str
    damage: float


@dataclass(frozen=True, slots=True)
class Repair:
    """Renew wearing parts; a failed device boots again.

    `mode` is a failure mode, whose part is renewed, or the word of a maintenance (`clean`, `repaste`, `fan`, `psu`,
    `card`, `board`), or `None` for all.
    """

    device: str
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """End the device's connection; it comes back by itself, after a while that grows with each failure."""

    device: str
    abrupt: bool = True
    """Without a word, so that the broker tells the Last Will; else with goodbye."""


@dataclass(frozen=True, slots=True)
class GoOffline:
    """Take the device off the network; it measures on and keeps what it would have said."""

    device: str


@dataclass(frozen=True, slots=True)
class GoOnline:
    """Back on the network after `GoOffline` or `HalfOpen`; what was kept goes first, in order."""

    device: str


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """Leave the device's connection as it is and neither read nor send any more, as a hung modem does."""

    device: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Let a stranger connect with the device's client id; the broker ends the device's own connection for it."""

    device: str


@dataclass(frozen=True, slots=True)
class Crash:
    """Make the actor at this address raise in its handler: a bug, as the supervisor sees it."""

    address: str
    message: str = "crash asked for"
    error: ErrorWord = "RuntimeError"

    def exception(self) -> BaseException:
        """What the actor raises."""
        return ERRORS[self.error](self.message)


@dataclass(frozen=True, slots=True)
class Hang:
    """Make the actor at this address take no messages; for `duration_ns`, or until it is released or replaced."""

    address: str
    duration_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Let a hanging actor take its messages again, in the order in which they came."""

    address: str


@dataclass(frozen=True, slots=True)
class BeginChaos:
    """Begin what an action of the family of chaos does to a target: an address, a proxy's name, or the run (empty)."""

    action: str
    target: str = ""
    parameters: Mapping[str, Scalar] = field(default_factory=lambda: _NOTHING)
    duration_ns: int | None = None
    """How long; `None` until it is ended or everything is undone."""


@dataclass(frozen=True, slots=True)
class EndChaos:
    """End what `BeginChaos` of this action began at this target."""

    action: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class PlaySteps:
    """Play further steps of a timeline, counted from now: the text of a JSON document with `timeline` and `chaos`.

    With `expectations` in it, the fleet is judged by these from now on.
    """

    document: str
    since_ns: int = 0
    """So long ago the timeline's time began: its steps hang on the times and the lots of a longer one."""


@dataclass(frozen=True, slots=True)
class AbortChaos:
    """End all chaos at once: nothing more is begun, and everything that was begun is undone."""

    reason: str = "asked for"
    forget: bool = False
    """Judge by nothing any more, either."""


ConnectionCommand = Disconnect | GoOffline | GoOnline | HalfOpen | TakeOver
DeviceCommand = (
    Pause
    | Resume
    | Restart
    | Stop
    | SetParameter
    | SetInterval
    | InjectFault
    | ClearFault
    | InjectWear
    | Repair
    | ConnectionCommand
)
ActorCommand = Crash | Hang | Release
ChaosCommand = BeginChaos | EndChaos | PlaySteps | AbortChaos


@dataclass(frozen=True, slots=True)
class Later:
    """Carry out what a device is told when so much simulated time has gone by."""

    after_ns: int
    command: DeviceCommand | ActorCommand | ChaosCommand


Command = DeviceCommand | ActorCommand | ChaosCommand | Later


@dataclass(frozen=True, slots=True)
class Done:
    """A command was carried out; `detail` names what was made (a fault's id)."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A command was not carried out: what was found, what is allowed, what to do."""

    reason: str


Reply = Done | Refused
