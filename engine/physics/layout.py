"""Where each number of a body stands: one float64 array of state, one of parameters.

State is what the simulation changes. Parameters are fixed at birth (a model's table, spread over the unit) or set by
a command. Both are saved with the body, so both orders may only grow at their end within one snapshot version.
"""

from typing import Final

WEAR_STEP: Final = 60
"""Ticks between wear steps, at absolute ticks that are multiples of it."""

# --- state: heat (deg C) ---
T_DIE: Final = 0
T_SINK: Final = 1
"""Heat sink of a CPU or of a board with one; else the board itself."""
T_AIR: Final = 2
AIR_SWING: Final = 3
"""Daily swing and slow weather of the room at this minute, K."""
AIR_NOISE: Final = 4
"""Slow weather alone (Ornstein-Uhlenbeck), K."""

# --- state: workload (1 = full capacity at the highest clock) ---
DEMAND_BASE: Final = 5
"""Profile's base plus its daily course, at this minute."""
DEMAND_NOISE: Final = 6
DAY: Final = 7
DAY_FACTOR: Final = 8
BURST_SUM: Final = 9
BURST_NEXT_END: Final = 10
DEMAND: Final = 11
LOAD: Final = 12
"""Busy share of all cores at the present clock, 0..1."""

# --- state: clock and limits; steps are of 0.1 GHz, whole numbers ---
STEPS: Final = 13
"""The present clock."""
CAP: Final = 14
"""Highest clock that thermal or power limits allow at present, steps."""
LIMIT: Final = 15
"""Ceiling besides CAP in the latest tick, steps: soft limit, under-voltage."""
UNDER_VOLTAGE: Final = 16
RAIL_GOOD: Final = 17
"""Ticks for which the rail has been good again while the under-voltage cap is on."""
SOFT_LIMITED: Final = 18
FLAGS: Final = 19
"""`get_throttled` bits 0..3 as they are now."""
STICKY: Final = 20
"""The same bits, ever since boot."""
TRIPPED: Final = 21
"""1 when thermal protection has switched the device off (until reboot)."""

# --- state: electricity ---
POWER: Final = 22
"""W, the device's power channel: board input on a Pi, package on a CPU."""
POWER_MEAN: Final = 23
"""Exponentially weighted mean of POWER that the turbo limit looks at, W."""
POWER_LEAK: Final = 24
V_CORE: Final = 25
V_RAIL: Final = 26
"""Input rail without ripple, V."""
SINK_LOAD: Final = 27
"""Power that enters the sink node rather than the die, W."""

# --- state: fan ---
FAN_DUTY: Final = 28
"""Commanded duty, 0..1."""
FAN_SMOOTH: Final = 29
"""Smoothed die temperature that a PC fan curve looks at, deg C."""
FAN_ANCHOR: Final = 30
"""Temperature at which a PC fan curve last changed the duty (its hysteresis), deg C."""
FAN_TURNING: Final = 31
"""0 while stalled or off."""
RPM: Final = 32
"""Speed without jitter."""
DIE_LOAD: Final = 33
"""Power that enters the die node, W."""
FLOW: Final = 34
"""Air flow over its clean maximum, Q/Q_max, 0..1."""
FLOW_COOLING: Final = 35
"""FLOW**0.7, kept because it changes only with FLOW."""
TO_AIR: Final = 36
"""Conductance from sink to air as the latest tick used it, W/K."""

# --- state: means over the last whole wear window; 37 to 43 and 154 to 157 are its sums (`engine.physics.window`) ---
MEAN_AIR: Final = 44
"""Wear inputs: means over the 60 ticks before a wear step. Air at the device, deg C."""
MEAN_DIE: Final = 45
MEAN_SINK: Final = 46
MEAN_RPM_RATIO: Final = 47
"""RPM / RPM_MAX; 0 without a fan."""
MEAN_FLOW: Final = 48
LOW_SINK: Final = 49
HIGH_SINK: Final = 50
"""Extremes of the sink's temperature in the window, deg C."""

# --- state: what wear changes in the plant ---
# Set to NEUTRAL before every round of wear steps; then each failure mode multiplies its own in (adds to what is neutral
# at 0), so the order of modes does not matter and modes of third parties compose.
RPM_FACTOR: Final = 51
RPM_JITTER: Final = 52
"""Factor on the healthy jitter's standard deviation."""
STALL_DUTY: Final = 53
"""Added to the healthy stall duty; also to the restart duty."""
FLOW_FACTOR: Final = 54
R_MIN_FACTOR: Final = 55
RN_FACTOR: Final = 56
"""On natural convection, of boards without a fan and of coolers alike."""
R1_FACTOR: Final = 57
ETA_VRM: Final = 58
R_LL_FACTOR: Final = 59
R_RAIL_FACTOR: Final = 60
RIPPLE_FACTOR: Final = 61
VOLT_FACTOR: Final = 62
"""On the core voltage that is set for a clock."""
CLOCK_LOSS: Final = 63
"""Steps by which the highest clock has fallen."""
CORE_NOISE: Final = 64
"""Standard deviation of the core voltage, as a share of it."""
OPEN_RATE: Final = 65
"""Opens of a contact a day; `engine.physics.mishaps` draws them, and the two that follow."""
RESET_RATE: Final = 66
"""Resets of the device a day."""
STALL_RATE: Final = 67
"""Stalls of input and output a day."""
PLANT: Final = slice(51, 68)
NEUTRAL: Final = (*(1.0, 1.0, 0.0), *(1.0,) * 9, *(0.0,) * 5)

# --- state: bursts of work ---
BURST_SLOTS: Final = 8
BURST_END: Final = 68
"""First of the ends (tick, may be fractional; 0 when free)."""
BURST_HEIGHT: Final = 76

# --- state: 84 to 143 are the slots of wear (`engine.physics.slots`) ---

# --- state: what is shown at the tick where the latest stretch ended, ripple and jitter included ---
SHOWN: Final = 144
"""First of the six quantities in their order and units: degC, W, %, V, CFM, GHz."""
SHOWN_THROTTLED: Final = 150
"""The whole `get_throttled` word: bits now, and the sticky ones 16 places higher."""
SHOWN_RPM: Final = 151
SHOWN_RAIL: Final = 152
SHOWN_TRIPPED: Final = 153

CLOCK: Final = 149
"""The present clock, GHz, stands where it is shown."""

# --- state: more of the wear window ---
MEAN_ON: Final = 158
"""Share of the ticks with power, 0..1."""
MEAN_VOLT: Final = 159
"""Core voltage, V; 0 counts while off."""
MEAN_WORK: Final = 160
"""Work done: load times clock, steps of 0.1 GHz; over F_MAX it is the share of full capacity."""
MEAN_TOP: Final = 161
"""Share of the ticks at the all-core clock or above."""

# --- state: mishaps (`engine.physics.mishaps`); instants are ticks ---
MISHAP_FROM: Final = 162
"""From here on there is something to look after; NEVER when nothing is."""
OPEN_FROM: Final = 163
OPEN_UNTIL: Final = 164
STALL_FROM: Final = 165
STALL_UNTIL: Final = 166
RESET_AT: Final = 167
HALT_UNTIL: Final = 168
OPEN: Final = 169
"""1 while a contact is open."""
STALLED: Final = 170
"""1 while input and output stall: the work waits."""
HALTED: Final = 171
"""1 while the device is held in reset."""
MUTED: Final = 172
"""1 while nobody gets a sample out of the device."""
RESETS: Final = 173
"""Resets that nobody asked for, since birth."""
LAST_RESET: Final = 174
"""The tick of the latest; it moves on as long as the device is held without power, so that it boots from the end."""
ROOM_EXCESS: Final = 175
"""What a disturbance has added to the room's temperature by now, K."""
VOLT_SET: Final = 176
"""Core voltage set for the present clock, ahead of the load line."""

STATE_SIZE: Final = 215

# --- parameters: place and workload ---
START_S: Final = 0
"""Seconds since the Unix epoch at tick 0, for time of day and weekday (UTC)."""
ROOM: Final = 1
ROOM_SWING: Final = 2
"""Amplitude of the room's daily swing, K; warmest at 15:00."""
AIR_OFFSET: Final = 3
"""Air in the case over the room, K."""
AIR_DECAY: Final = 4
"""Of the room's slow weather, per minute."""
AIR_SD: Final = 5
"""Of the room's slow weather in the long run, K."""
BASE: Final = 6
AMPLITUDE: Final = 7
WEEKEND: Final = 8
"""Factor on the amplitude on Saturday and Sunday."""
NOISE_DECAY: Final = 9
"""exp(-1 s / tau) of the demand's noise."""
NOISE_KICK: Final = 10
"""sigma * sqrt(1 - decay**2)."""
BURST_CHANCE: Final = 11
"""Probability that a burst begins in a tick."""
BURST_SHORTEST: Final = 12
BURST_LONGEST: Final = 13
BURST_SHARE: Final = 14
BURST_ALPHA: Final = 15
DAY_SD: Final = 16
DEMAND_FACTOR: Final = 17
DEMAND_FIXED: Final = 18
"""Demand held fast, or negative to follow the profile."""
POWERED: Final = 19

# --- parameters: clock, in steps of 0.1 GHz, and limits ---
GOVERNOR: Final = 20
F_MIN: Final = 21
F_MAX: Final = 22
"""Highest clock; demand 1 is full capacity at it."""
F_ALL_CORE: Final = 23
F_SOFT: Final = 24
SOFT_LIMIT: Final = 25
"""Die temperature of the soft limit, deg C (out of reach where there is none)."""
PL1: Final = 26
PL2: Final = 27
PL_DECAY: Final = 28
T_JUNCTION: Final = 29

# --- parameters: electricity ---
VF_F: Final = 30
"""Five clocks, GHz, ascending, and after them five voltages: linear between."""
VF_V: Final = 35
C_EFF: Final = 40
"""nF."""
A0: Final = 41
P_LEAK50: Final = 42
V_LEAK: Final = 43
BETA: Final = 44
G0: Final = 45
P_BASE: Final = 46
R_LOAD_LINE: Final = 47
V_SET: Final = 48
R_RAIL: Final = 49
RIPPLE_SD: Final = 50

# --- parameters: heat and fan ---
R1: Final = 51
C1: Final = 52
C2: Final = 53
RN: Final = 54
R_MIN: Final = 55
"""0 where no fan is fitted."""
FAN_KIND: Final = 56
RPM_MAX: Final = 57
"""This unit's speed at full duty."""
RPM_NOMINAL: Final = 58
"""The model's, to which Q_MAX belongs."""
Q_MAX: Final = 59
FAN_DUTY_SET: Final = 60
"""Duty held fast, or negative to follow the control."""
FAN_TRIP: Final = 61
"""Die temperature at which an on/off fan starts, deg C."""
JITTER_SD: Final = 62
CURVE_T: Final = 63
"""Five temperatures, and after them five duties, of a PC fan curve."""
CURVE_DUTY: Final = 68
KAPPA: Final = 73
"""Acceleration of ageing; 1 is real time."""

SD_CARD: Final = 74
"""1 where the device runs from a memory card."""
RAIL_LOW: Final = 75
"""Input rail below which the supply counts as failed, V."""
RAIL_DEAD: Final = 76
"""Input rail below which the device resets, V."""
ROOM_HEAT: Final = 77
"""K that a disturbance adds to the room in the end; the room follows slowly."""
SUPPLY_SAG: Final = 78
"""Share of the supply's voltage that a disturbance takes."""

RAIL_LEAST: Final = 79
"""Input rail below which a supply has failed where a symptom is a failure, V."""
RAIL_HOLD: Final = 80
"""For how many ticks on end it must be lower."""
RAIL_WATCH: Final = 81
"""Input rail below which somebody looks: RAIL_DEAD, or RAIL_LEAST where a symptom is a failure, V."""
T_HELD: Final = 82
"""Die temperature that a device keeps or exceeds while it is throttled, deg C."""

PARAMETER_SIZE: Final = 83
