"""This machine as psutil shows it: what there is on systems other than Linux."""

from typing import Any

import psutil

from actors.sources.base import SilentError
from engine.hardware import linux
from engine.hardware.linux import Channel
from engine.hardware.seen import NOTHING, Seen, sane


class Psutil:
    """One machine by psutil. See `actors.sources.base.Looks`."""

    def __init__(self, module: Any = psutil) -> None:
        self._psutil = module
        self._asked = False

    def look(self) -> Seen:
        """Temperature, load, fan and clock; psutil knows neither power nor voltage. Raises `SilentError`."""
        try:
            seen = self._look()
        except (OSError, RuntimeError, NotImplementedError, self._psutil.Error) as error:
            raise SilentError(f"psutil: {type(error).__name__}") from None
        if seen == NOTHING and self._asked:
            raise SilentError("psutil knows none of the six quantities here")
        self._asked = True
        return seen

    def _look(self) -> Seen:
        channels = [*self._channels("temp", "sensors_temperatures"), *self._channels("fan", "sensors_fans")]
        frequency = self._psutil.cpu_freq() if hasattr(self._psutil, "cpu_freq") else None
        # the first answer is the share since psutil was loaded, of which it warns itself
        load = self._psutil.cpu_percent(interval=None)
        return Seen(
            temperature_c=linux.temperature_c(channels),
            load_percent=sane("load_percent", load) if self._asked else None,
            fan_rpm=linux.fan_rpm(channels),
            clock_ghz=sane("clock_ghz", frequency.current / 1e3) if frequency else None,
        )

    def _channels(self, kind: str, function: str) -> list[Channel]:
        """What one of psutil's functions knows, where this system has it at all."""
        found: dict[str, Any] = getattr(self._psutil, function, dict)() or {}
        return [
            Channel(chip, kind, number, each.label or "", float(each.current))
            for chip, entries in found.items()
            for number, each in enumerate(entries)
            if each.current is not None
        ]
