"""What a sensor kind is, and the instrument it makes: one unit's gain, bias, noise, quantum and range."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.streams import Stream
from schemas.quantities import Quantity

PURPOSE: Final = "instrument"
"""Purpose of the stream that draws a unit's gain and bias."""

_BIAS_STEP: Final = 0
_GAIN_STEP: Final = 1


class Fit(Protocol):
    """A sensor as a device kind fits it: only its name is needed here."""

    @property
    def name(self) -> str:
        """Name of the sensor on its device."""


class Channel(NamedTuple):
    """The grid and the range of one sensor's readings: the values `(origin + step * n) / scale`.

    Integers, so that every value is the correctly rounded quotient of two integers and prints as the decimal the real
    sensor prints (43.47, not 43.469999999999999).
    """

    origin: int
    step: int
    scale: int
    first: int
    """Smallest code n."""
    last: int
    """Largest code n."""
    span_lo: float
    """Lower end of the working range in the quantity's unit: what faults are scaled by, not what is clipped to."""
    span_hi: float
    """Upper end of the working range."""
    sd: float
    """Noise of a healthy sensor at the middle of the working range, in the quantity's unit."""

    @property
    def quantum(self) -> float:
        """Distance of neighbouring readings, in the quantity's unit."""
        return abs(self.step) / self.scale

    @property
    def span(self) -> float:
        """Width of the working range, in the quantity's unit."""
        return self.span_hi - self.span_lo

    @property
    def lo(self) -> float:
        """Smallest value the sensor can say."""
        return min(self.value(self.first), self.value(self.last))

    @property
    def hi(self) -> float:
        """Largest value the sensor can say."""
        return max(self.value(self.first), self.value(self.last))

    def value(self, code: int) -> float:
        """The value of a code."""
        return (self.origin + self.step * code) / self.scale

    def code(self, value: float) -> int:
        """The code nearest to a value; may lie outside the sensor's range."""
        return round((value * self.scale - self.origin) / self.step)

    def snap(self, value: float) -> float:
        """The nearest value of the grid, not clipped to the range."""
        return self.value(self.code(value))

    def clip(self, value: float) -> float:
        """The nearest value of the grid within the sensor's range."""
        return self.value(min(max(self.code(value), self.first), self.last))


class Design(NamedTuple):
    """A sensor design: how all units of one part behave before their own gain and bias."""

    origin: int
    step: int
    scale: int
    lo: float
    """Readings below are clipped to the grid's first value not below it."""
    hi: float
    """Readings above are clipped to the grid's last value not above it."""
    span_lo: float
    span_hi: float
    sd: float = 0.0
    """Noise, standard deviation in the quantity's unit."""
    sd_rel: float = 0.0
    """Noise in proportion to the value; adds to `sd`."""
    bias: float = 0.0
    """Offset of every unit."""
    bias_sd: float = 0.0
    """Spread of the offset over units, standard deviation."""
    gain: float = 1.0
    """Gain of every unit."""
    gain_sd: float = 0.0
    """Spread of the gain over units, standard deviation."""
    matched: bool = False
    """The grid is stretched with the unit's gain (a clock's multiples of its own bus), to one part in `scale`."""


def mirrored(lo: float, hi: float, span_lo: float, span_hi: float) -> Design:
    """No instrument of ours: says what was heard, to a millionth of the quantity's unit."""
    return Design(0, 1, 1_000_000, lo, hi, span_lo, span_hi)


class Instrument:
    """One sensor unit: clean -> gain and bias -> noise -> quantise -> clip."""

    __slots__ = ("_a", "_b", "_first", "_last", "_noise", "_noise_rel", "_origin", "_scale", "_step", "bias", "channel",
                 "gain", "sd", "sd_rel")  # fmt: skip

    def __init__(self, channel: Channel, gain: float, bias: float, sd: float, sd_rel: float) -> None:
        self.channel = channel
        self.gain = gain
        self.bias = bias
        self.sd = sd
        self.sd_rel = sd_rel
        self._origin, self._step, self._scale, self._first, self._last = channel[:5]
        # code = a * clean + b + (noise + noise_rel * clean) * z: the whole chain in code units, prepared once
        per_unit = channel.scale / channel.step
        self._a = gain * per_unit
        self._b = bias * per_unit - channel.origin / channel.step
        self._noise = (sd + sd_rel * bias) * per_unit
        self._noise_rel = sd_rel * gain * per_unit

    def measure(self, clean: float | None, z: float) -> float | None:
        """What the sensor says of a true value, with `z` the standard normal of this sample; `None` if not fitted.

        `ValueError` or `OverflowError` if the true value is not finite: a body that lost its mind is a bug to be seen.
        """
        if clean is None:
            return None
        code = round(self._a * clean + self._b + (self._noise + self._noise_rel * clean) * z)
        if code < self._first:
            code = self._first
        elif code > self._last:
            code = self._last
        return (self._origin + self._step * code) / self._scale

    def measure_all(self, clean: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
        """`measure` of many samples at once, with the same bits: the same operations in the same order."""
        code = np.rint(self._a * clean + self._b + (self._noise + self._noise_rel * clean) * z)
        if not np.isfinite(code).all():
            raise ValueError("a true value is not finite")
        np.clip(code, self._first, self._last, out=code)
        said: NDArray[np.float64] = (self._origin + self._step * code) / self._scale
        return said


class SensorKind(Protocol):
    """A kind of sensor: what it measures and how a unit of it is made."""

    name: str
    quantity: Quantity
    unit: str

    def instrument(self, model: str, seed: int, device: str, spread: float, fit: Fit) -> Instrument:
        """One unit. `model` is the device's; `spread` scales the unit-to-unit spread (0: all units alike)."""


class TabledSensor:
    """A sensor kind whose designs stand in a table by device model; an unlisted model gets the general design."""

    __slots__ = ("_designs", "_general", "name", "quantity", "unit")

    def __init__(
        self, quantity: Quantity, unit: str, designs: Mapping[str, Design], general: Design, name: str = ""
    ) -> None:
        self.name = name or quantity
        self.quantity = quantity
        self.unit = unit
        self._designs = designs
        self._general = general

    def design(self, model: str) -> Design:
        """The design fitted to a device model."""
        return self._designs.get(model, self._general)

    def models(self) -> tuple[str, ...]:
        """The device models with a design of their own."""
        return tuple(self._designs)

    def instrument(self, model: str, seed: int, device: str, spread: float, fit: Fit) -> Instrument:
        """One unit of the model's design, its gain and bias drawn from the seed, the device and the sensor's name."""
        return make_instrument(self.design(model), Stream(seed, f"{device}/{fit.name}", PURPOSE), spread)


def make_instrument(design: Design, stream: Stream, spread: float) -> Instrument:
    """One unit of a design; `spread` scales how far its gain and bias may lie from the design's."""
    gain = _draw(design.gain, spread * design.gain_sd, stream, _GAIN_STEP)
    bias = _draw(design.bias, spread * design.bias_sd, stream, _BIAS_STEP)
    step = design.step
    if design.matched:
        step = round(design.step * gain)
        gain = step / design.step
    return Instrument(_channel(design, step), gain, bias, design.sd, design.sd_rel)


def _draw(mean: float, sd: float, stream: Stream, step: int) -> float:
    return mean + sd * stream.normal(step) if sd != 0.0 else mean


@lru_cache(maxsize=256)
def _channel(design: Design, step: int) -> Channel:
    """One channel for all units alike: a fleet has tens of thousands of instruments."""
    first, last = _codes(design, step)
    middle = (design.span_lo + design.span_hi) / 2
    noise = design.sd + design.sd_rel * abs(middle)
    return Channel(design.origin, step, design.scale, first, last, design.span_lo, design.span_hi, noise)


def _codes(design: Design, step: int) -> tuple[int, int]:
    """First and last code whose values lie within the design's range."""
    ends = sorted((end * design.scale - design.origin) / step for end in (design.lo, design.hi))
    # a hair of tolerance keeps an end that is itself a value of the grid
    return -int(-(ends[0] - 1e-6) // 1), int((ends[1] + 1e-6) // 1)
