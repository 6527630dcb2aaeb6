"""This machine as Linux shows it: the files of hwmon, powercap, cpufreq and `/proc/stat`.

Reading them takes no rights, except for the energy counter, which newer kernels show to root only.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from actors.sources.base import SilentError
from engine.clock import NANOSECONDS, Wall
from engine.hardware import linux
from engine.hardware.linux import Channel
from engine.hardware.seen import NOTHING, Seen, sane

_SCALE: Final = {"temp": 1e-3, "in": 1e-3, "fan": 1.0, "power": 1e-6}
_MOST_CHIPS: Final = 64
_MOST_CHANNELS: Final = 64
_MOST_CORES: Final = 1024
_LONGEST: Final = 4096


class LinuxFiles:
    """One Linux machine by its files. See `actors.sources.base.Looks`."""

    def __init__(self, root: Path, wall: Wall) -> None:
        self._root = root
        self._wall = wall
        self._ticks: tuple[int, int] | None = None
        self._energy: tuple[int, int] | None = None

    def is_there(self) -> bool:
        """Whether there is such a machine under this root at all."""
        return (self._root / "sys/class/hwmon").is_dir() or (self._root / "proc/stat").is_file()

    def look(self) -> Seen:
        """The six quantities. Raises `SilentError`."""
        channels = list(self._channels())
        load_known, load = self._load()
        power = linux.power_w(channels)
        seen = Seen(
            temperature_c=linux.temperature_c(channels),
            power_w=self._package_power_w() if power is None else power,
            load_percent=load,
            voltage_v=linux.voltage_v(channels),
            fan_rpm=linux.fan_rpm(channels),
            clock_ghz=linux.clock_ghz(self._frequencies_hz()),
        )
        if seen == NOTHING and not load_known:
            raise SilentError(f"nothing of the six quantities under {self._root}")
        return seen

    def _channels(self) -> Iterator[Channel]:
        for chip in _sorted(self._root / "sys/class/hwmon", "hwmon*")[:_MOST_CHIPS]:
            name = _text(chip / "name")
            for path in _sorted(chip, "*_input")[:_MOST_CHANNELS]:
                kind = path.name.rstrip("_input").rstrip("0123456789")
                number = path.name[len(kind) :].removesuffix("_input")
                value = _number(path)
                if kind in _SCALE and number.isdigit() and value is not None:
                    label = _text(chip / f"{kind}{number}_label")
                    yield Channel(name, kind, int(number), label, value * _SCALE[kind])

    def _load(self) -> tuple[bool, float | None]:
        """Whether the load is known at all, and the load since the last look."""
        now = linux.busy_of(_text(self._root / "proc/stat").partition("\n")[0])
        before, self._ticks = self._ticks, now
        return now is not None, linux.load_percent(before, now)

    def _package_power_w(self) -> float | None:
        """Energy counted by the processor (RAPL) since the last look, over the time since then."""
        folder = self._root / "sys/class/powercap/intel-rapl:0"
        energy_uj, now_ns = _number(folder / "energy_uj"), self._wall.monotonic_ns()
        if energy_uj is None:
            return None
        before, self._energy = self._energy, (int(energy_uj), now_ns)
        if before is None or now_ns <= before[1]:
            return None
        used = int(energy_uj) - before[0]
        if used < 0:  # the counter began anew
            used += int(_number(folder / "max_energy_range_uj") or 0)
        return sane("power_w", used * 1e-6 * NANOSECONDS / (now_ns - before[1]))

    def _frequencies_hz(self) -> Iterator[float]:
        cores = _sorted(self._root / "sys/devices/system/cpu", "cpu[0-9]*")
        for core in cores[:_MOST_CORES]:
            khz = _number(core / "cpufreq/scaling_cur_freq")
            if khz is not None:
                yield khz * 1e3


def _sorted(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern), key=lambda path: (len(path.name), path.name))
    except OSError:
        return []


def _text(path: Path) -> str:
    """The beginning of a file, on one line unless it has several; nothing when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8", errors="replace").strip()
    except OSError:  # a sensor that does not answer shows as an error of its file
        return ""


def _number(path: Path) -> float | None:
    text = _text(path)
    return float(text) if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else None
