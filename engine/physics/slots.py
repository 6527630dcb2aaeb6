"""Where wear stands in a body's state: a slot per failure mode, cycles, and behind all else the watch over symptoms."""

from typing import Final

from engine.physics.layout import STATE_SIZE

# --- one slot of WEAR_WIDTH numbers per failure mode ---
WEAR: Final = 84
WEAR_SLOTS: Final = 10
WEAR_WIDTH: Final = 6
WEAR_THETA: Final = 0
"""Stress-accelerated age, s."""
WEAR_LIFE: Final = 1
"""The unit's own life Theta, s."""
WEAR_DAMAGE: Final = 2
WEAR_AF: Final = 3
"""Acceleration factor of the latest step."""
WEAR_SPARE: Final = 4
"""Two numbers for a mode's own use."""

# --- temperature cycles of the joints (`engine.ageing.solder_fatigue`) ---
CYCLES: Final = 177
"""Six numbers, then `CYCLE_TURNS` turning points of a temperature, then their instants, s."""
CYCLE_TURNS: Final = 16

# --- only in the state of a body that fails on symptoms (`engine.physics.watch`) ---
MARGIN: Final = STATE_SIZE
"""First of one number per slot: the smallest margin so far to the symptom's threshold, 1 as new, 0 once it is met."""
RAIL_LOW_AT: Final = MARGIN + WEAR_SLOTS
"""The latest tick at the end of which the rail was too low by the supply's own fault."""
RAIL_LOW_FOR: Final = RAIL_LOW_AT + 1
"""The ticks on end for which it had been so by then."""
RAIL_FELL: Final = RAIL_LOW_AT + 2
"""1 once it has been so for long enough."""
HOT_MINUTES: Final = RAIL_LOW_AT + 3
"""Minutes on end in which the die was as hot as one that is throttled."""
WATCHED_SIZE: Final = RAIL_LOW_AT + 4
"""Of the whole state of such a body."""
