"""What a device kind and a body are, for the actor that owns one."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol, runtime_checkable

from engine.hardware.seen import Seen
from schemas.problems import Problem
from schemas.quantities import Quantity
from schemas.readings import WearTruth
from schemas.target import Target

Value = float | int | str | bool

SOURCE_LOST: Final = "source-lost"
"""Symptom of a device that mirrors real hardware when nobody tells what is there."""


class SensorFit(NamedTuple):
    """One sensor as it is fitted to a device kind."""

    name: str
    quantity: Quantity
    sensor: str
    """Sensor kind, a word of the family in `engine.sensors`; it picks the instrument by the device's model."""


class Setting(NamedTuple):
    """One parameter that a command may change while the device runs."""

    place: int
    """Where it stands in the parameter array."""
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    """Numbers from `low` to `high` are taken; none when both are equal."""
    words: Mapping[str, float] = {}
    """Words that are taken, each with the number that it means."""
    models: tuple[str, ...] = ()
    """Device models that have it; empty: all of the kind."""
    text: Callable[[str], object] | None = None
    """Reads any other text; ValueError for one that is not taken. `None`: no other text is."""
    means: str = ""
    """What such a text is, for people."""

    @property
    def allowed(self) -> str:
        """What is taken, for people: `0 to 1 or auto`."""
        numbers = f"{self.low:g} to {self.high:g} {self.unit}".rstrip() if self.low < self.high else ""
        return " or ".join(part for part in (numbers, *sorted(self.words), self.means) if part)

    def number(self, name: str, value: Value) -> float:
        """The number that a value means, 0 for a text; ValueError names what is allowed."""
        if isinstance(value, (bool, str)):
            meant = self.words.get(str(value).lower())
            if meant is not None:
                return meant
            if self.text is not None and isinstance(value, str) and _reads(self.text, value):
                return 0.0
        elif self.low < self.high and self.low <= value <= self.high:
            return float(value)
        raise ValueError(f"{name}: found {value!r}; allowed: {self.allowed}")


def _reads(text: Callable[[str], object], value: str) -> bool:
    try:
        text(value)
    except ValueError:
        return False
    return True


class BodySpec(NamedTuple):
    """All that decides what a body is; the same spec makes the same body."""

    device: str
    seed: int
    model: str
    setup: str
    profile: str = "web"
    room_temperature_c: float = 22.0
    room_swing_c: float = 0.0
    """Amplitude of the room's daily swing; warmest at 15:00 UTC."""
    spread: float = 1.0
    """Unit-to-unit manufacturing spread: 1 as in the reference, 0 all alike."""
    wear: Mapping[str, float] = {}
    """Damage at the start, by failure mode."""
    acceleration: float = 1.0
    """Ageing acceleration kappa: wear runs this many times faster, heat and electricity do not."""
    start_ns: int = 0
    """Simulated instant of tick 0, nanoseconds since the Unix epoch: time of day and weekday."""
    modes: tuple[str, ...] | None = None
    """Failure modes the body may suffer; `None` is all that fit it."""
    fail_on_symptom: bool = False
    """Whether a failure mode's symptom fails the body, and not only the end of its part."""
    cold: bool = False
    """Start at air temperature instead of settled at the profile's mean demand."""
    settings: Mapping[str, Value] = {}
    """Settings from the start, as `set` would take them."""
    blank: bool = False
    """Nothing is drawn and nothing settled, because `restore` comes before anything else is asked of the body."""


class Body(Protocol):
    """The physical state of one device."""

    tick: int
    """Whole simulated seconds lived, on this device's own grid."""

    def advance(self, to_tick: int) -> None:
        """Live on to a tick. Any chunking gives the same bits; an error leaves the last whole state."""

    def clean(self) -> tuple[float | None, ...]:
        """True values at `tick` in the order of `QUANTITIES`; `None` for what is not fitted."""

    def extras(self) -> Mapping[str, float]:
        """More true values, for truth and data sets; never in frames."""

    def throttled(self) -> int | None:
        """The `get_throttled` word, where there is such a register."""

    def symptoms(self) -> tuple[str, ...]:
        """Visible consequences that are no faults: `throttled`, `under-voltage`, `soft-limit`, `power-limited`..."""

    def muted(self) -> bool:
        """Whether nobody gets a sample out of the device at `tick`: its input and output stall, a contact is open."""

    def resets(self) -> tuple[int, int]:
        """How many times the device has reset by itself, and the tick from which it boots after the latest time."""

    def wear(self) -> tuple[WearTruth, ...]:
        """How far each failure mode has come."""

    def health(self) -> float:
        """Health index: the smallest event state, 1 when nothing wears."""

    def rul_s(self) -> float | None:
        """Remaining useful life at present stress, s; `None` when nothing wears."""

    def broken(self) -> str | None:
        """The functional failure reached, or `None`."""

    def hurt(self, mode: str, damage: float) -> None:
        """Bring a failure mode to a damage at once; never lowers it. ValueError for an unknown mode or damage."""

    def repair(self, mode: str | None) -> tuple[str, ...]:
        """Renew one mode's part, what a maintenance renews, or all; answers which. ValueError for an unknown word."""

    def set(self, name: str, value: Value) -> None:
        """Change a setting; ValueError says what is allowed."""

    def reboot(self) -> None:
        """Clear what a reboot clears: sticky flags, caps, a thermal trip."""

    def snapshot(self) -> bytes:
        """The whole body as bytes."""

    def restore(self, data: bytes) -> None:
        """Become the body of a snapshot, bit for bit; ValueError when it is none of this kind and version."""


class Source(NamedTuple):
    """Where a device that mirrors real hardware learns what is there."""

    word: str
    """`auto`, `hwmon`, `psutil` or `url`."""
    target: Target | None
    root: str
    """Folder under which `/sys` and `/proc` are looked for."""
    poll_s: float
    """Seconds of wall time from one look to the next."""


@runtime_checkable
class Mirror(Protocol):
    """A body that is real: it has no state of its own, and shows what it is told."""

    source: Source

    @property
    def trouble(self) -> str:
        """Why nothing is known now; empty when something is."""

    def hear(self, seen: Seen, trouble: str) -> None:
        """Take what the source says, or why it says nothing."""


class DeviceKind(Protocol):
    """A kind of device: what exists of it, and how to build one. A module's `KIND`."""

    name: str
    models: tuple[str, ...]
    setups: Mapping[str, tuple[str, ...]]
    """Set-ups (cooling, operating system) by model; the first is the default."""
    profiles: tuple[str, ...]
    sensors: tuple[SensorFit, ...]
    settable: Mapping[str, Setting]
    boot_s: float
    """Simulated seconds from power-on to the first sample."""

    def validate(self, model: str, setup: str, profile: str, path: str = "") -> list[Problem]:
        """What is wrong with these words, each under `path`; empty when they name a body that can be built."""

    def build(self, spec: BodySpec) -> Body:
        """Make the body; ValueError when `validate` would find a problem."""
