"""What every sensor kind has to keep to, whoever wrote it: one function a promise, each given kind and device model."""

from collections.abc import Callable
from fractions import Fraction
from statistics import fmean, pstdev

import pytest

from engine.devices.base import SensorFit
from engine.sensors.base import Instrument, SensorKind
from engine.streams import Stream
from schemas.quantities import UNITS

UNITS_MADE = 400


def unit(kind: SensorKind, model: str, device: str = "pi-0001", spread: float = 1.0, seed: int = 1) -> Instrument:
    """One unit of a sensor, fitted to a device of the model."""
    fit = SensorFit(kind.quantity, kind.quantity, kind.name)
    return kind.instrument(model, seed, device, spread, fit)


def truths(instrument: Instrument, count: int = 200) -> list[float]:
    """True values across the working range."""
    lo, hi = instrument.channel.span_lo, instrument.channel.span_hi
    return [lo + (hi - lo) * i / (count - 1) for i in range(count)]


def said(instrument: Instrument, clean: float, z: float) -> float:
    """A reading of a part that is there."""
    value = instrument.measure(clean, z)
    assert value is not None
    return value


def measures_a_known_quantity(kind: SensorKind, model: str) -> None:
    """Its unit is the quantity's."""
    assert kind.name
    assert kind.unit == UNITS[kind.quantity]
    assert unit(kind, model).channel.span > 0.0


def says_nothing_of_a_part_not_fitted(kind: SensorKind, model: str) -> None:
    """No value in, no value out, whatever the noise."""
    assert unit(kind, model).measure(None, 3.0) is None


def stays_on_its_grid_and_in_its_range(kind: SensorKind, model: str) -> None:
    """Every reading is (origin + step n) / scale exactly, within the range, even far outside of it."""
    instrument = unit(kind, model)
    channel = instrument.channel
    for clean in [*truths(instrument), -1e6, 1e6]:
        for z in (-2.5, 0.0, 0.7, 2.5):
            value = said(instrument, clean, z)
            exact = Fraction(channel.origin + channel.step * channel.code(value), channel.scale)
            assert value == float(exact) == channel.snap(value)
            assert channel.lo <= value <= channel.hi


def rises_with_the_truth(kind: SensorKind, model: str) -> None:
    """Without noise, more is never shown as less."""
    instrument = unit(kind, model)
    values = [said(instrument, clean, 0.0) for clean in truths(instrument)]
    assert values == sorted(values)
    assert len(set(values)) > 10


def answers_without_hidden_state(kind: SensorKind, model: str) -> None:
    """The same truth and noise give the same reading, in any order."""
    instrument = unit(kind, model)
    samples = [(clean, z) for clean in truths(instrument, 20) for z in (-1.0, 0.0, 1.5)]
    forwards = [instrument.measure(*sample) for sample in samples]
    backwards = [instrument.measure(*sample) for sample in reversed(samples)]
    assert forwards == backwards[::-1]


def is_the_same_unit_for_the_same_seed(kind: SensorKind, model: str) -> None:
    """Gain and bias come from seed, device and sensor alone."""
    one, again = unit(kind, model), unit(kind, model)
    assert (one.gain, one.bias) == (again.gain, again.bias)
    gains = {(made.gain, made.bias) for made in (unit(kind, model, f"pi-{i}") for i in range(20))}
    spreads = made_spread(kind, model)
    assert len(gains) > 5 or spreads == (0.0, 0.0)


def made_spread(kind: SensorKind, model: str, spread: float = 1.0) -> tuple[float, float]:
    """Standard deviations of gain and bias over many units."""
    units = [unit(kind, model, f"pi-{i}", spread) for i in range(UNITS_MADE)]
    return pstdev(made.gain for made in units), pstdev(made.bias for made in units)


def has_units_all_alike_without_spread(kind: SensorKind, model: str) -> None:
    """Spread 0 makes every unit the design; spread 2 doubles how far they lie apart."""
    assert made_spread(kind, model, 0.0) == (0.0, 0.0)
    for normal, doubled in zip(made_spread(kind, model), made_spread(kind, model, 2.0), strict=True):
        assert doubled == pytest.approx(2.0 * normal, rel=0.05, abs=2e-6)


def centres_on_the_truth(kind: SensorKind, model: str) -> None:
    """Over units and noise, the mean reading of the middle of the range is right to 1 %."""
    middle = (truths(unit(kind, model))[0] + truths(unit(kind, model))[-1]) / 2
    noise = Stream(3, kind.name, "noise")
    values = [said(unit(kind, model, f"pi-{i}"), middle, noise.normal(i)) for i in range(UNITS_MADE)]
    assert fmean(values) == pytest.approx(middle, rel=0.01)


def refuses_a_truth_that_is_no_number(kind: SensorKind, model: str) -> None:
    """A body that lost its mind is a bug to be seen, not a reading."""
    for clean in (float("nan"), float("inf")):
        with pytest.raises((ValueError, OverflowError)):
            unit(kind, model).measure(clean, 0.0)


PROMISES: tuple[Callable[[SensorKind, str], None], ...] = (
    measures_a_known_quantity,
    says_nothing_of_a_part_not_fitted,
    stays_on_its_grid_and_in_its_range,
    rises_with_the_truth,
    answers_without_hidden_state,
    is_the_same_unit_for_the_same_seed,
    has_units_all_alike_without_spread,
    centres_on_the_truth,
    refuses_a_truth_that_is_no_number,
)
"""Every promise of a sensor kind; a package with sensors of its own runs its own through these."""
