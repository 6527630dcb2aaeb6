"""What every failure mode has to keep to, whoever wrote it: one function a promise, each given the mode."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import kernels
from engine.ageing.base import FailureMode, can_fail, service_of
from engine.physics.layout import (
    F_ALL_CORE,
    F_MAX,
    FAN_KIND,
    FLOW,
    KAPPA,
    LOAD,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_FLOW,
    MEAN_RPM_RATIO,
    MEAN_SINK,
    NEUTRAL,
    PARAMETER_SIZE,
    PLANT,
    R_MIN,
    RPM,
    RPM_MAX,
    SD_CARD,
    STATE_SIZE,
    STEPS,
    T_AIR,
    T_DIE,
    T_SINK,
    V_CORE,
    V_SET,
    WEAR_STEP,
)
from engine.physics.slots import (
    WEAR,
    WEAR_LIFE,
    WEAR_THETA,
)
from engine.wear import Wear

Array = NDArray[np.float64]
DAMAGES = (0.05, 0.2, 0.5, 0.70710679, 0.9, 1.0)


class Bench:
    """A body reduced to what wears: constant stress, one failure mode in the first slot, fan and sink fitted."""

    def __init__(self, *modes: FailureMode, kappa: float = 1.0, device: str = "pi-0001", spread: float = 1.0) -> None:
        self.state: Array = np.zeros(STATE_SIZE)
        self.parameters: Array = np.zeros(PARAMETER_SIZE)
        self.parameters[[FAN_KIND, R_MIN, RPM_MAX, KAPPA]] = 1.0, 0.28, 2000.0, kappa
        self.parameters[[F_MAX, F_ALL_CORE, V_SET, SD_CARD]] = 44.0, 40.0, 12.1, 1.0
        self.state[[V_CORE, LOAD, STEPS]] = 1.1, 0.6, 40.0
        self.state[[T_AIR, T_DIE, T_SINK, RPM, FLOW]] = 35.0, 65.0, 48.0, 1400.0, 0.7
        self.wear = Wear(modes, seed=1, device=device, spread=spread)
        self.wear.begin(self.state, self.parameters, {})
        self.tick = 0

    def live(self, windows: int = 1) -> None:
        """Let wear windows pass at the stress that stands in the state."""
        for _ in range(windows):
            self.tick += WEAR_STEP
            self.wear.step(self.state, self.parameters)

    def damage(self, i: int = 0) -> float:
        """Damage of one mode."""
        return self.wear.truth(self.state, self.parameters, self.tick)[i].damage

    def rul_s(self) -> float:
        """Remaining life of the first mode, which there must be."""
        rul_s = self.wear.truth(self.state, self.parameters, self.tick)[0].rul_s
        assert rul_s is not None
        return rul_s

    def plant(self) -> list[float]:
        """What wear does to the plant."""
        return [float(factor) for factor in self.state[PLANT]]

    def hurt(self, mode: FailureMode, damage: float) -> None:
        """Bring the mode to a damage."""
        self.wear.hurt(self.state, self.parameters, mode.name, damage)

    def end(self) -> float:
        """Simulated seconds until failure at this stress, by living to it."""
        while self.wear.broken(self.state) is None:
            self.live()
        return float(self.tick)


def is_described(mode: FailureMode) -> None:
    """It says what wears and what that does, and whether it applies is a plain answer."""
    assert mode.name == mode.name.lower()
    assert mode.part
    assert mode.effect
    assert isinstance(mode.applies(Bench(mode).parameters.tolist()), bool)


def draws_one_life_per_device(mode: FailureMode) -> None:
    """Positive, the same each time for seed and device, the median for all without spread, nearer to it with less."""
    lives = [mode.life_s(1, f"pi-{i}", 1.0, 0) for i in range(200)]
    assert min(lives) > 0.0
    assert len(set(lives)) == 200
    assert lives == [mode.life_s(1, f"pi-{i}", 1.0, 0) for i in range(200)]
    alike = {mode.life_s(1, f"pi-{i}", 0.0, 0) for i in range(200)}
    assert max(alike) == pytest.approx(min(alike), rel=1e-12)
    median = max(alike)
    assert 70 <= sum(life < median for life in lives) <= 130
    for i, life in enumerate(lives[:20]):
        between = mode.life_s(1, f"pi-{i}", 0.5, 0)
        assert min(life, median) <= between <= max(life, median)


def starts_whole(mode: FailureMode) -> None:
    """A new part changes nothing in the plant and has all its life before it."""
    bench = Bench(mode)
    assert bench.damage() == 0.0
    assert bench.plant() == list(NEUTRAL)
    assert bench.wear.health(bench.state) == 1.0
    assert bench.wear.broken(bench.state) is None


def changes_the_plant_when_damaged(mode: FailureMode) -> None:
    """Damage is felt: more of it changes the plant further from new, unless the mode says that it is quiet so far."""
    quiet_below = getattr(mode, "quiet_below", 0.0)
    bench = Bench(mode)
    before = bench.plant()
    for damage in DAMAGES:
        bench.hurt(mode, damage)
        after = bench.plant()
        assert (after != before) == (damage > quiet_below)
        assert all(0.0 <= factor < 100.0 for factor in after)
        before = after


def is_brought_to_the_damage_asked_for(mode: FailureMode) -> None:
    """`hurt` reaches the damage, never lowers it, and 1 is failure."""
    bench = Bench(mode)
    for damage in DAMAGES:
        bench.hurt(mode, damage)
        assert bench.damage() == pytest.approx(damage, rel=1e-9)
        bench.hurt(mode, damage / 2)
        assert bench.damage() == pytest.approx(damage, rel=1e-9)
    assert bench.damage() == 1.0
    if can_fail(mode):
        assert bench.wear.broken(bench.state) == mode.name
        assert bench.wear.health(bench.state) == 0.0
        assert bench.rul_s() == 0.0
    else:
        assert bench.wear.broken(bench.state) is None
        assert bench.wear.health(bench.state) == 1.0
        assert bench.wear.rul_s(bench.state, bench.parameters, bench.tick) is None
    for nonsense in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="0 to 1"):
            bench.hurt(mode, nonsense)


def never_heals_by_itself(mode: FailureMode) -> None:
    """Damage grows from step to step under any stress, and a step without time changes nothing."""
    bench = Bench(mode, kappa=20_000.0)
    wobble = np.random.default_rng(5)
    before = 0.0
    for _ in range(300):
        place_stress(bench, wobble.uniform(0.0, 1.0, 5))
        bench.live()
        after = bench.damage()
        assert after >= before
        bench.wear.refresh(bench.state, bench.parameters)
        still = bench.state.tobytes()
        bench.wear.refresh(bench.state, bench.parameters)
        assert bench.state.tobytes() == still
        assert bench.damage() == after
        before = after


def place_stress(bench: Bench, share: Any) -> None:
    """Means of a window somewhere between an idle and a very busy one."""
    bench.state[MEAN_AIR] = 20.0 + 25.0 * share[0]
    bench.state[MEAN_DIE] = 30.0 + 60.0 * share[1]
    bench.state[MEAN_SINK] = 25.0 + 40.0 * share[2]
    bench.state[MEAN_RPM_RATIO] = share[3]
    bench.state[MEAN_FLOW] = share[4]


def knows_its_remaining_life_exactly(mode: FailureMode) -> None:
    """Under constant stress remaining life falls by one second a second, also within a window, to 0 at failure."""
    if not can_fail(mode):
        bench = Bench(mode)
        bench.live(5)
        assert bench.wear.truth(bench.state, bench.parameters, bench.tick)[0].rul_s is None
        return
    bench = Bench(mode, kappa=Bench(mode).rul_s() / 12_345.6)
    promised = bench.rul_s()
    assert promised == pytest.approx(12_345.6)
    for _ in range(50):
        bench.live()
        assert bench.rul_s() == pytest.approx(promised - bench.tick, rel=1e-9)
        later = bench.wear.rul_s(bench.state, bench.parameters, bench.tick + 37)
        assert later == pytest.approx(promised - bench.tick - 37, rel=1e-9)
    failed_at = bench.end()
    assert failed_at - WEAR_STEP < promised <= failed_at
    assert bench.rul_s() == 0.0
    assert bench.wear.health(bench.state) == 0.0


def wears_in_proportion_to_kappa(mode: FailureMode) -> None:
    """Ten times the acceleration is a tenth of the remaining life, or ten times the age."""
    if not can_fail(mode):
        slow, fast = Bench(mode), Bench(mode, kappa=10.0)
        slow.live(10)
        fast.live()
        assert fast.state[WEAR + WEAR_THETA] == pytest.approx(slow.state[WEAR + WEAR_THETA], rel=1e-12)
        return
    assert Bench(mode, kappa=10.0).rul_s() == pytest.approx(Bench(mode).rul_s() / 10.0, rel=1e-12)


def is_renewed_by_repair(mode: FailureMode) -> None:
    """A repair makes the plant as new, and the life of the new part depends on the device and the instant alone."""
    one, other = Bench(mode), Bench(mode)
    for bench in (one, other):
        bench.hurt(mode, 0.8)
        bench.live(10)
        word = None if bench is one else service_of(mode)
        assert bench.wear.repair(bench.state, bench.parameters, word, bench.tick) == (mode.name,)
        assert bench.damage() == 0.0
        assert bench.plant() == list(NEUTRAL)
    assert one.state[WEAR + WEAR_LIFE] == other.state[WEAR + WEAR_LIFE] == mode.life_s(1, "pi-0001", 1.0, one.tick)


def goes_on_from_a_copy_of_the_state(mode: FailureMode) -> None:
    """All that it remembers is in the state array."""
    bench, copy = Bench(mode, kappa=500.0), Bench(mode, kappa=500.0)
    bench.live(25)
    copy.state[:] = bench.state
    for each in (bench, copy):
        place_stress(each, (0.9, 0.8, 0.9, 0.3, 0.2))
        each.live(25)
    assert copy.state.tobytes() == bench.state.tobytes()


def has_the_same_bits_compiled(mode: FailureMode) -> None:
    """Thousands of steps under changing stress: interpreted and compiled agree in every bit."""
    states = []
    hows: tuple[kernels.Mode, ...] = ("interpreted", "compiled")
    for how in hows:
        with kernels.running(how):
            bench = Bench(mode, kappa=2000.0)
            wobble = np.random.default_rng(9)
            for _ in range(3000):
                place_stress(bench, wobble.uniform(0.0, 1.0, 5))
                bench.live()
            states.append(bench.state.tobytes())
    assert states[0] == states[1]
    assert bench.state[WEAR + WEAR_THETA] > 0.0


PROMISES: tuple[Callable[[FailureMode], None], ...] = (
    is_described,
    draws_one_life_per_device,
    starts_whole,
    changes_the_plant_when_damaged,
    is_brought_to_the_damage_asked_for,
    never_heals_by_itself,
    knows_its_remaining_life_exactly,
    wears_in_proportion_to_kappa,
    is_renewed_by_repair,
    goes_on_from_a_copy_of_the_state,
    has_the_same_bits_compiled,
)
"""Every promise of a failure mode; a package with modes of its own runs its own through these."""
