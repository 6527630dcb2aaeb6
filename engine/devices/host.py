"""A real machine, mirrored: its own sensors, or those of another one behind a hardware monitor's `/data.json`.

The body only shows what it is told. Who asks the machine waits on the outside and so is an actor of its own.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.devices.base import SOURCE_LOST, Body, BodySpec, SensorFit, Setting, Source, Value
from engine.hardware.seen import NOTHING, Seen
from schemas.problems import Problem, suggest
from schemas.quantities import QUANTITIES
from schemas.readings import WearTruth
from schemas.target import ALLOWED, read_target

STALE_S: Final = 10.0
"""What was heard is shown for so long, simulated seconds, or for five polls if that is longer; then it is none."""
_STALE_POLLS: Final = 5.0
_HEAD: Final = struct.Struct("<4sHq")
_MAGIC: Final = b"DSH1"
_WORDS: Final = MappingProxyType({"auto": 0.0, "hwmon": 1.0, "psutil": 2.0, "url": 3.0})
_FIXED: Final = frozenset({"source", "url", "root", "poll_s"})
"""Where a device looks is decided by the scenario: whoever may send commands must not send it elsewhere."""


def _folder(text: str) -> str:
    if not text.startswith("/") or "\0" in text or ".." in text.split("/"):
        raise ValueError("no plain absolute path")
    return text


_SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        "source": Setting(0, words=_WORDS),
        "url": Setting(1, text=read_target, means=ALLOWED),
        "root": Setting(2, text=_folder, means="the absolute path of a folder with sys and proc in it"),
        "poll_s": Setting(3, "s", 0.25, 60.0),
        "fan_cfm_per_rpm": Setting(4, "CFM per RPM", 0.0, 1.0),
    }
)


class HostBody:
    """One real machine as it was last heard of. See `engine.devices.base.Body` and `Mirror`."""

    __slots__ = ("_cfm_per_rpm", "_heard_tick", "_label", "_seen", "_silence", "_stale_s", "source", "tick")

    def __init__(self, spec: BodySpec) -> None:
        self.tick = 0
        self._label = f"host/{spec.device}/{spec.model}".encode()
        for mode in (*spec.wear, *(spec.modes or ())):
            self.hurt(mode, 0.0)
        self.source = _source(spec.settings)
        # 40 CFM at 2000 RPM, as the simulated 65 W class
        self._cfm_per_rpm = 0.02
        for name, value in spec.settings.items():
            self._take(name, value)
        self._stale_s = max(STALE_S, _STALE_POLLS * self.source.poll_s)
        self._seen = NOTHING
        self._silence = ""
        self._heard_tick = 0

    def hear(self, seen: Seen, trouble: str) -> None:
        """Take what the source says, or why it says nothing."""
        self._seen, self._silence, self._heard_tick = seen, trouble, self.tick

    @property
    def trouble(self) -> str:
        """Why nothing is known now; empty when something is."""
        if self._is_stale():
            return f"source: nothing heard for {self._stale_s:g} s"
        return f"source: {self._silence}" if self._silence else ""

    def _is_stale(self) -> bool:
        return self.tick - self._heard_tick > self._stale_s

    def advance(self, to_tick: int) -> None:
        """Let time pass."""
        if to_tick < self.tick:
            raise ValueError(f"a body lives forward: it is at tick {self.tick}, asked to go to {to_tick}")
        self.tick = to_tick

    def clean(self) -> tuple[float | None, ...]:
        """What was heard; nothing when that is too long ago."""
        if self._is_stale():
            return (None,) * len(QUANTITIES)
        temperature, power, load, voltage, rpm, clock = self._seen
        return temperature, power, load, voltage, None if rpm is None else rpm * self._cfm_per_rpm, clock

    def extras(self) -> Mapping[str, float]:
        """The fan's speed, where it is known."""
        rpm = None if self._is_stale() else self._seen.fan_rpm
        return {} if rpm is None else {"fan_rpm": rpm}

    def throttled(self) -> int | None:
        """There is no such register."""
        return None

    def symptoms(self) -> tuple[str, ...]:
        """Whether the source is lost."""
        return (SOURCE_LOST,) if self._silence or self._is_stale() else ()

    def muted(self) -> bool:
        """Whoever asks may be told nothing, but is told so."""
        return False

    def resets(self) -> tuple[int, int]:
        """Nothing is known of them."""
        return 0, 0

    def wear(self) -> tuple[WearTruth, ...]:
        """Nothing is known of it."""
        return ()

    def health(self) -> float:
        """As of everything of which no wear is known."""
        return 1.0

    def rul_s(self) -> float | None:
        """Nothing is known of it."""
        return None

    def broken(self) -> str | None:
        """A machine that says nothing need not be broken."""
        return None

    def hurt(self, mode: str, damage: float) -> None:  # noqa: ARG002
        """A real machine is not hurt by words."""
        raise ValueError(f"'{mode}' is no failure mode of a host; known: none")

    def repair(self, mode: str | None) -> tuple[str, ...]:
        """Nothing to repair."""
        if mode is not None:
            self.hurt(mode, 0.0)
        return ()

    def set(self, name: str, value: Value) -> None:
        """What the scenario has decided stays; the rest may be changed."""
        if name in _FIXED:
            raise ValueError(f"{name}: a part of the set-up, which only the scenario decides")
        self._take(name, value)

    def _take(self, name: str, value: Value) -> None:
        if name not in _SETTINGS:
            known = tuple(_SETTINGS)
            text = f"unknown setting '{name}'; known: {', '.join(sorted(known))}. {suggest(name, known)}"
            raise ValueError(text.removesuffix(". "))
        number = _SETTINGS[name].number(name, value)
        if name == "fan_cfm_per_rpm":
            self._cfm_per_rpm = number

    def reboot(self) -> None:
        """The real machine is not touched."""

    def snapshot(self) -> bytes:
        """How long it has been mirrored; what was seen is not kept, as it would be old."""
        return _HEAD.pack(_MAGIC, len(self._label), self.tick) + self._label

    def restore(self, data: bytes) -> None:
        """Go on at a tick, knowing nothing yet."""
        head = _HEAD.size
        if len(data) != head + len(self._label) or data[:4] != _MAGIC or data[head:] != self._label:
            raise ValueError(f"no snapshot of {self._label.decode()}: {len(data)} bytes")
        self.tick = self._heard_tick = _HEAD.unpack_from(data)[2]
        self._seen, self._silence = NOTHING, ""


def _source(settings: Mapping[str, Value]) -> Source:
    """Where to look, of settings that `Setting.number` has taken or will refuse."""
    url, poll_s = settings.get("url"), settings.get("poll_s", 1.0)
    return Source(
        word=str(settings.get("source", "auto")),
        target=read_target(str(url)) if url is not None else None,
        root=str(settings.get("root", "/")),
        poll_s=float(poll_s) if isinstance(poll_s, int | float) else 1.0,
    )


class HostKind:
    """A real machine, mirrored through its own sensors or a hardware monitor."""

    name: Final = "host"
    mirrors: Final = True
    models: Final = ("machine",)
    setups: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"machine": ("real",)})
    profiles: Final = ("real",)
    sensors: Final = tuple(SensorFit(quantity, quantity, quantity) for quantity in QUANTITIES)
    settable: Final[Mapping[str, Setting]] = _SETTINGS
    boot_s: Final = 0.0

    def validate(self, model: str, setup: str, profile: str, path: str = "") -> list[Problem]:
        """Problems of words that are not the only ones there are."""
        asked = {"model": (model, "machine"), "setup": (setup, "real"), "profile": (profile, "real")}
        return [
            Problem(f"{path}{name}", f"'{word}'", only, suggest(word, (only,)))
            for name, (word, only) in asked.items()
            if word != only
        ]

    def build(self, spec: BodySpec) -> Body:
        """One machine; ValueError for wrong words."""
        problems = self.validate(spec.model, spec.setup, spec.profile)
        if problems:
            raise ValueError("; ".join(str(problem) for problem in problems))
        return HostBody(spec)


KIND: Final = HostKind()
