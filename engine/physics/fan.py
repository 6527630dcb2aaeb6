"""Fans: control curve with hysteresis, spin-up, stall, air flow. Reference section 5."""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.elementary import power
from engine.kernels import kernel
from engine.physics.layout import (
    CURVE_DUTY,
    CURVE_T,
    FAN_ANCHOR,
    FAN_DUTY,
    FAN_DUTY_SET,
    FAN_KIND,
    FAN_SMOOTH,
    FAN_TRIP,
    FAN_TURNING,
    FLOW,
    FLOW_COOLING,
    FLOW_FACTOR,
    RPM,
    RPM_FACTOR,
    RPM_MAX,
    RPM_NOMINAL,
    STALL_DUTY,
    T_DIE,
)

NO_FAN: Final = 0.0
LEVELS: Final = 1.0
"""Pi 5 firmware: four levels above 50 deg C, each left 5 K below where it was entered."""
ON_OFF: Final = 2.0
"""Full speed above FAN_TRIP, off 10 K below; a trip of 0 is a fan wired to run always."""
CURVE: Final = 3.0
"""PC: duty linear between points, on a smoothed temperature, with play."""

STALLS_BELOW: Final = 0.12
STARTS_ABOVE: Final = 0.20
_SPIN: Final = 0.4865828809674080  # 1 - exp(-1 s / 1.5 s)
_SMOOTH: Final = 0.1175030974154046  # 1 - exp(-1 s / 8 s)
_PLAY: Final = 3.0
_SETTLED: Final = 1e-6
_COOLING_EXPONENT: Final = 0.7  # HotSpot has Nu ~ Re^0.716 for fan sinks


@kernel
def level_duty(duty: float, t: float) -> float:
    """Duty of the Pi 5 firmware's curve from the present one and the die temperature."""
    if t >= 75.0 or (duty > 0.9 and t >= 70.0):
        return 1.0
    if t >= 67.5 or (duty > 0.6 and t >= 62.5):
        return 0.7
    if t >= 60.0 or (duty > 0.4 and t >= 55.0):
        return 0.5
    if t >= 50.0 or (duty > 0.2 and t >= 45.0):
        return 0.3
    return 0.0


@kernel
def curve_duty(p: Sequence[float], t: float) -> float:
    """Duty on a PC's curve at a temperature; flat beyond its ends."""
    if t <= p[CURVE_T]:
        return p[CURVE_DUTY]
    for i in range(4):
        if t <= p[CURVE_T + i + 1]:
            share = (t - p[CURVE_T + i]) / (p[CURVE_T + i + 1] - p[CURVE_T + i])
            return p[CURVE_DUTY + i] + share * (p[CURVE_DUTY + i + 1] - p[CURVE_DUTY + i])
    return p[CURVE_DUTY + 4]


@kernel
def wanted_duty(s: MutableSequence[float], p: Sequence[float]) -> float:
    """Duty that the control commands at the last tick's temperature."""
    if p[FAN_DUTY_SET] >= 0.0:
        return p[FAN_DUTY_SET]
    if p[FAN_KIND] == LEVELS:
        return level_duty(s[FAN_DUTY], s[T_DIE])
    if p[FAN_KIND] == ON_OFF:
        threshold = p[FAN_TRIP] - 10.0 if s[FAN_DUTY] > 0.0 else p[FAN_TRIP]
        return 1.0 if s[T_DIE] >= threshold else 0.0
    s[FAN_SMOOTH] += (s[T_DIE] - s[FAN_SMOOTH]) * _SMOOTH
    # Play: the fan follows a rise at once and a fall only once it exceeds 3 K.
    s[FAN_ANCHOR] = min(max(s[FAN_ANCHOR], s[FAN_SMOOTH]), s[FAN_SMOOTH] + _PLAY)
    return curve_duty(p, s[FAN_ANCHOR])


@kernel
def set_flow(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Air flow and its cooling effect from the speed. Flow is proportional to speed (affinity law)."""
    flow = s[RPM] / p[RPM_NOMINAL] * s[FLOW_FACTOR]
    if flow != s[FLOW]:
        s[FLOW] = flow
        s[FLOW_COOLING] = power(flow, _COOLING_EXPONENT)


@kernel
def step_fan(s: MutableSequence[float], p: Sequence[float], powered: bool) -> None:
    """One second of the fan: command, stall or start, speed (first-order lag), flow."""
    duty = wanted_duty(s, p) if powered else 0.0
    s[FAN_DUTY] = duty
    if s[FAN_TURNING] > 0.0:
        if duty < STALLS_BELOW + s[STALL_DUTY]:
            s[FAN_TURNING] = 0.0
    elif duty > STARTS_ABOVE + s[STALL_DUTY]:
        s[FAN_TURNING] = 1.0
    target = p[RPM_MAX] * duty * s[RPM_FACTOR] * s[FAN_TURNING]
    s[RPM] += (target - s[RPM]) * _SPIN
    if abs(target - s[RPM]) < _SETTLED:
        s[RPM] = target
    set_flow(s, p)
