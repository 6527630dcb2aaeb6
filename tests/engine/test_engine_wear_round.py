"""One call for all failure modes does what a call for each does, bit for bit."""

import numpy as np
import pytest

from engine import kernels
from engine.ageing import MODES
from engine.ageing._round import WORDS
from engine.devices import cpu, raspberry_pi
from engine.devices.base import BodySpec
from engine.wear import Wear
from engine.wear_modes import fitting_modes


def test_every_mode_of_the_product_is_in_the_round_in_the_order_of_the_slots() -> None:
    assert tuple(word for word in MODES.names() if MODES.origin(word).startswith("engine.ageing.")) == WORDS


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
@pytest.mark.parametrize(
    ("name", "model", "setup", "words"),
    [
        ("raspberry-pi", "5", "active-cooler", None),
        ("raspberry-pi", "4", "open", None),
        ("cpu", "65w", "tower", None),
        ("cpu", "125w", "tower", ("thermal-paste", "dust")),
    ],
)
def test_a_round_is_the_steps_of_all(
    name: str, model: str, setup: str, words: tuple[str, ...] | None, mode: kernels.Mode
) -> None:
    kind = raspberry_pi.KIND if name == "raspberry-pi" else cpu.KIND
    wear = dict.fromkeys(words or ("dust", "psu-electrolytics", "solder-fatigue"), 0.6)
    with kernels.running(mode):
        body = kind.build(BodySpec("unit", 3, model, setup, "edge", acceleration=1e5, modes=words, wear=wear))
        body.advance(1200)
        parameters = body._parameters  # type: ignore[attr-defined]
        together = body._state.copy()  # type: ignore[attr-defined]
        apart = together.copy()
        made = Wear(fitting_modes(parameters, words), 3, "unit", 1.0)
        single = Wear(made._modes, 3, "unit", 1.0)
        single._places = None
        assert made._places is not None
        before = together.copy()
        for _ in range(3):
            made.step(together, parameters)
            single.step(apart, parameters)
    assert together.tobytes() == apart.tobytes()
    assert not np.array_equal(before, together)
