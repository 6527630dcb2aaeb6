"""Bodies: any chunking, any sampling, atomic steps, units that differ, snapshots, settings, a small footprint."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import kernels
from engine.devices import cpu, raspberry_pi
from engine.devices._body import KernelBody
from engine.devices.base import BodySpec
from engine.kernels import ENTRIES
from engine.physics import layout as at
from schemas.quantities import QUANTITIES

PI, CPU = raspberry_pi.KIND, cpu.KIND
FITTED = [("4", "open"), ("4", "heatsink-fan"), ("5", "active-cooler"), ("65w", "tower"), ("chiplet", "tower-hwp")]
DECLARED = {at.C_EFF: 0.04, at.P_LEAK50: 0.20, at.R1: 0.08, at.RN: 0.08, at.R_MIN: 0.08, at.R_RAIL: 0.15}
"""Unit-to-unit spread: standard deviation of the logarithm."""
FAN = QUANTITIES.index("fan")


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[None]:
    with kernels.running("compiled"):
        yield


def build(model: str = "4", setup: str = "open", device: str = "unit", **more: Any) -> KernelBody:
    kind = PI if model in PI.models else CPU
    spec = BodySpec(device, 5, model, setup, "edge")._replace(**more)
    made = kind.build(spec)
    assert isinstance(made, KernelBody)
    return made


@given(st.sampled_from(FITTED), st.lists(st.integers(0, 400), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_chunking_gives_the_same_bits(fit: tuple[str, str], strides: list[int]) -> None:
    whole, parts = build(*fit, acceleration=1e5), build(*fit, acceleration=1e5)
    whole.advance(sum(strides))
    for stride in strides:
        parts.advance(parts.tick + stride)
    assert parts.snapshot() == whole.snapshot()
    assert parts.clean() == whole.clean()


@pytest.mark.parametrize(("model", "setup"), FITTED)
def test_samples_at_common_instants_are_the_same_at_every_interval(model: str, setup: str) -> None:
    rows: dict[int, list[tuple[float | None, ...]]] = {}
    for interval in (1, 10, 60):
        body = build(model, setup)
        rows[interval] = []
        for tick in range(interval, 1201, interval):
            body.advance(tick)
            if tick % 60 == 0:
                rows[interval].append(body.clean())
    assert rows[1] == rows[10] == rows[60]


def test_a_snapshot_in_mid_minute_goes_on_bit_for_bit() -> None:
    body, other = build("5", "active-cooler", acceleration=1e6), build("5", "active-cooler", acceleration=1e6)
    body.set("demand_factor", 1.5)
    body.advance(1234)
    data = body.snapshot()
    other.restore(data)
    assert other.snapshot() == data
    body.advance(5000)
    other.advance(5000)
    assert other.snapshot() == body.snapshot()


@pytest.mark.parametrize(("model", "setup"), FITTED)
def test_a_blank_body_becomes_the_one_that_it_restores(model: str, setup: str) -> None:
    lived = build(model, setup, acceleration=1e5)
    lived.advance(3700)
    blank = build(model, setup, acceleration=1e5, blank=True)
    assert blank.snapshot() != lived.snapshot()
    blank.restore(lived.snapshot())
    for body in (lived, blank):
        body.advance(9000)
    assert blank.snapshot() == lived.snapshot()
    assert blank.broken() == lived.broken()
    assert blank.wear() == lived.wear()


def test_a_snapshot_of_another_body_is_refused() -> None:
    data = build().snapshot()
    for other in (build(device="twin"), build("4", "closed-case"), build(modes=())):
        with pytest.raises(ValueError, match="snapshot"):
            other.restore(data)


@pytest.mark.parametrize("fail_at", [60, 120, 600])
def test_an_error_on_the_way_leaves_the_last_whole_state(fail_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    body, twin = build(), build()
    body.advance(30)
    twin.advance(30)
    real = ENTRIES.advance_raspberry_pi

    def breaks(*arguments: object) -> None:
        real(*arguments)
        if arguments[-1] == fail_at:
            raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(ENTRIES, "advance_raspberry_pi", breaks)
        with pytest.raises(MemoryError):
            body.advance(700)
    assert body.tick == 30
    assert body.snapshot() == twin.snapshot()
    body.advance(700)
    twin.advance(700)
    assert body.snapshot() == twin.snapshot()


def test_noise_of_different_devices_is_uncorrelated() -> None:
    def kicks(device: str) -> list[float]:
        body = build(device=device)
        decay = body._parameters.item(at.NOISE_DECAY)
        found, last = [], body._state.item(at.DEMAND_NOISE)
        for tick in range(1, 6001):
            body.advance(tick)
            now = body._state.item(at.DEMAND_NOISE)
            found.append(now - decay * last)
            last = now
        return found

    r = np.corrcoef([kicks(device) for device in ("unit-1", "unit-2", "unit-3")])
    assert np.abs(r[np.triu_indices(3, 1)]).max() < 0.05


def test_units_of_a_model_differ_as_declared() -> None:
    units = [build("5", "active-cooler", f"unit-{i}")._parameters for i in range(300)]
    nominal = build("5", "active-cooler", spread=0.0)._parameters
    for place, sd in DECLARED.items():
        logs = np.log([unit[place] / nominal[place] for unit in units])
        assert logs.std() == pytest.approx(sd, rel=0.15)
        assert logs.mean() == pytest.approx(0.0, abs=4 * sd / np.sqrt(300))
    speeds = np.array([unit[at.RPM_MAX] / nominal[at.RPM_MAX] for unit in units])
    assert 0.90 <= speeds.min() < 0.91
    assert 1.09 < speeds.max() <= 1.10
    assert build("5", "active-cooler", "other", spread=0.0)._parameters.tolist() == nominal.tolist()


def test_a_fan_that_is_not_fitted_shows_nothing_and_a_stopped_one_zero() -> None:
    assert build("4", "open").clean()[FAN] is None
    stopped = build("5", "active-cooler", settings={"fan_duty": 0.0})
    stopped.advance(60)
    assert stopped.clean()[FAN] == 0.0


def test_only_a_raspberry_pi_has_the_register() -> None:
    assert build("4", "open").throttled() == 0
    assert build("65w", "tower").throttled() is None


@pytest.mark.parametrize(
    ("model", "setup", "name", "value", "says"),
    [
        ("4", "open", "fan_duty", 0.5, "no fan"),
        ("4", "open", "soft_limit_c", 65.0, "unknown setting"),
        ("5", "open", "arm_boost", True, "unknown setting"),
        ("4", "open", "arm_boost", 1.0, "false or true"),
        ("4", "open", "room_temperature", 20.0, "Did you mean 'room_temperature_c'"),
        ("4", "open", "room_temperature_c", 400.0, "-40 to 70 degC"),
        ("65w", "tower", "governor", "ondemand", "hwp or schedutil"),
        ("65w", "tower", "fan_duty", "full", "0 to 1 or auto"),
        ("4", "open", "profile", "games", "idle, web, batch, edge"),
        ("4", "open", "demand", float("nan"), "0 to 1.3"),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(model: str, setup: str, name: str, value: float | str, says: str) -> None:
    body = build(model, setup)
    before = body.snapshot()
    with pytest.raises(ValueError, match=says):
        body.set(name, value)
    assert body.snapshot() == before


def test_settings_change_the_body_from_then_on() -> None:
    body = build("65w", "tower")
    clock = QUANTITIES.index("clock")
    body.set("demand", 0.3)
    body.advance(300)
    assert body.clean()[clock] == 1.7
    body.set("governor", "hwp")
    body.advance(600)
    assert body.clean()[clock] == 4.3
    body.set("demand", "profile")
    body.set("profile", "idle")
    body.advance(660)
    assert body._state.item(at.DEMAND_BASE) < 0.05
    body.set("room_temperature_c", 40.0)
    body.advance(661)
    assert body.extras()["air_temperature_c"] > 40.0


def test_wrong_words_are_named_with_what_is_allowed() -> None:
    problems = PI.validate("4b", "open", "wbe", path="fleet[0].")
    assert [problem.path for problem in problems] == ["fleet[0].model", "fleet[0].profile"]
    assert problems[1].hint == "Did you mean 'web'?"
    (problem,) = PI.validate("3b+", "closed-case", "web")
    assert problem.allowed == "open"
    with pytest.raises(ValueError, match="setup"):
        PI.build(BodySpec("unit", 1, "3b+", "closed-case"))


def test_every_value_of_the_tables_has_a_source() -> None:
    for kind in (PI, CPU):
        for setups in kind._tables.values():
            for tables in setups.values():
                assert all(sourced.source for table in tables for sourced in table.values())
                places = {place for table in tables for place in table}
                assert {at.C_EFF, at.R1, at.C1, at.C2, at.RN, at.V_SET, at.F_MAX, at.FAN_KIND} <= places


def test_a_body_takes_less_than_four_kilobytes() -> None:
    build()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [build("5", "active-cooler", f"unit-{i}") for i in range(200)]
        used = (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    finally:
        tracemalloc.stop()
    assert used <= 4096
