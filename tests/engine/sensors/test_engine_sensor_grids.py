"""Readings look like the real sensors': quanta, exact decimals, noise, unit-to-unit spread, order of the chain."""

from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sensors import SENSORS
from engine.sensors.base import Channel, Design, Instrument, make_instrument
from engine.streams import Stream
from tests.contracts.sensors import said, unit

MODELS = ("3b+", "4", "5", "65w", "125w", "chiplet")
TRUTHS = st.floats(20.0, 95.0)
NOISE = st.floats(-4.0, 4.0)


def flat(quantity: str, model: str, clean: float, count: int = 4000, device: str = "pi-0001") -> list[float]:
    """Readings of one unit while nothing changes."""
    instrument = unit(SENSORS.get(quantity), model, device)
    noise = Stream(1, f"{device}/{quantity}", "noise")
    return [said(instrument, clean, noise.normal(step)) for step in range(count)]


@given(TRUTHS, NOISE)
def test_every_pi_4_temperature_is_410_040_less_a_multiple_of_0_487(clean: float, z: float) -> None:
    value = said(unit(SENSORS.get("temperature"), "4"), clean, z)
    codes = (410.040 - value) / 0.487
    assert abs(codes - round(codes)) * 0.487 < 1e-3


@pytest.mark.parametrize(("model", "top", "quantum"), [("3b+", 412.0, 0.538), ("4", 410.04, 0.487), ("5", 450.0, 0.55)])
def test_pi_temperatures_have_the_quantum_of_their_chip(model: str, top: float, quantum: float) -> None:
    values = flat("temperature", model, 47.3)
    assert {round((top - value) / quantum, 6) % 1.0 for value in values} == {0.0}
    steps = sorted(set(values))
    assert min(b - a for a, b in pairwise(steps)) == pytest.approx(quantum)


def test_the_famous_values_print_as_themselves() -> None:
    channel = unit(SENSORS.get("temperature"), "3b+").channel
    assert str(channel.value(685)) == "43.47"
    assert str(channel.value(684)) == "44.008"
    clock = unit(SENSORS.get("clock"), "4").channel
    assert [str(clock.value(n)) for n in (0, 1)] == ["0.600117", "0.60017"]


@pytest.mark.parametrize("model", ["65w", "125w"])
def test_intel_temperatures_are_whole_and_never_above_tjmax(model: str) -> None:
    values = flat("temperature", model, 71.4) + flat("temperature", model, 105.0)
    assert all(value == int(value) for value in values)
    assert max(values) == 100.0


def test_amd_temperatures_are_multiples_of_an_eighth() -> None:
    values = flat("temperature", "chiplet", 67.81)
    assert all(value * 8 == int(value * 8) for value in values)
    assert any(value * 4 != int(value * 4) for value in values)


@pytest.mark.parametrize("model", MODELS)
def test_temperature_noise_on_a_flat_stretch_is_0_3_to_0_8_k(model: str) -> None:
    for clean in (41.7, 55.0, 62.27):
        assert 0.3 <= pstdev(flat("temperature", model, clean)) <= 0.8


def test_a_pi_clock_alternates_between_neighbours_of_the_53_khz_grid() -> None:
    values = flat("clock", "4", 0.6, 500)
    steps = sorted(set(values))
    assert 2 <= len(steps) <= 4
    assert all(round((b - a) * 1e6) == 53 for a, b in pairwise(steps))


@pytest.mark.parametrize(("model", "multiple"), [("65w", 1.0), ("125w", 1.0), ("chiplet", 0.25)])
def test_a_cpu_clock_is_a_multiple_of_its_own_bus(model: str, multiple: float) -> None:
    for device in (f"cpu-{i}" for i in range(200)):
        instrument = unit(SENSORS.get("clock"), model, device)
        bus_mhz = said(instrument, 4.0, 0.0) * 1000.0 / 40.0
        assert 99.9 <= bus_mhz <= 100.1
        assert instrument.gain == pytest.approx(bus_mhz / 100.0, rel=1e-12)
        assert said(instrument, 1.2, 0.0) * 1000.0 == pytest.approx(12.0 * bus_mhz)
        assert instrument.channel.quantum * 1000.0 == pytest.approx(bus_mhz * multiple)


@pytest.mark.parametrize(
    ("quantity", "model", "quantum"),
    [
        ("power", "4", 0.01),
        ("power", "125w", 2.0**-16),
        ("load", "5", 0.25),
        ("load", "65w", 100.0 / 64.0 / 16.0),
        ("voltage", "65w", 0.002),
        ("voltage", "chiplet", 0.00625),
        ("voltage", "4", 0.01),
        ("fan", "65w", 40.0 / 2000.0),
        ("fan", "125w", 60.0 / 2000.0),
        ("fan", "5", 1.09 / 8000.0),
        ("clock", "3b+", 0.000053),
    ],
)
def test_the_quantum_of_each_sensor(quantity: str, model: str, quantum: float) -> None:
    assert unit(SENSORS.get(quantity), model).channel.quantum == pytest.approx(quantum, rel=1e-12)


def test_a_stopped_fan_reads_exactly_nothing() -> None:
    assert set(flat("fan", "65w", 0.0, 100)) == {0.0}


def test_load_never_leaves_0_to_100_percent() -> None:
    assert max(flat("load", "4", 100.0)) == 100.0
    assert min(flat("load", "4", 0.0)) == 0.0


@pytest.mark.parametrize(
    ("quantity", "gain_sd", "bias_sd"),
    [("temperature", 0.0, 1.0), ("power", 0.02, 0.0), ("voltage", 0.004, 0.0), ("fan", 0.03, 0.0)],
)
def test_units_spread_as_declared(quantity: str, gain_sd: float, bias_sd: float) -> None:
    units = [unit(SENSORS.get(quantity), "4", f"pi-{i}") for i in range(2000)]
    assert pstdev(made.gain for made in units) == pytest.approx(gain_sd, rel=0.06)
    assert pstdev(made.bias for made in units) == pytest.approx(bias_sd, rel=0.06)
    assert fmean(made.gain for made in units) == pytest.approx(1.0, abs=0.003)


def test_the_chain_is_gain_and_bias_then_noise_then_quantum_then_clip() -> None:
    channel = Channel(0, 1, 10, 0, 1000, 0.0, 100.0, 0.0)
    instrument = Instrument(channel, gain=1.1, bias=2.0, sd=0.5, sd_rel=0.01)
    # 1.1 * 40 + 2 = 46; noise 0.5 + 0.01 * 46 = 0.96
    assert instrument.measure(40.0, 0.0) == 46.0
    assert instrument.measure(40.0, 1.0) == 47.0
    assert instrument.measure(40.0, -1.0) == 45.0
    assert instrument.measure(120.0, 0.0) == 100.0
    assert instrument.measure(-40.0, 0.0) == 0.0


def test_a_range_keeps_an_end_that_lies_on_the_grid() -> None:
    made = make_instrument(Design(100, -1, 1, -27.0, 100.0, 0.0, 100.0), Stream(1, "x", "y"), 1.0)
    assert (made.channel.lo, made.channel.hi) == (-27.0, 100.0)
    inner = make_instrument(Design(0, 3, 1, 1.0, 8.0, 0.0, 8.0), Stream(1, "x", "y"), 1.0)
    assert (inner.channel.lo, inner.channel.hi) == (3.0, 6.0)
