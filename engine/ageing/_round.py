"""One wear step of all the product's own failure modes in one call: what calling costs is more than what they do.

A mode works without standing here; it is then called by itself. `tests/engine/test_engine_wear_round.py` holds this
list to the family.
"""

from collections.abc import Sequence
from typing import Final

from engine.ageing.base import Numbers
from engine.ageing.board_vrm import _step as board_vrm
from engine.ageing.bti import _step as bti
from engine.ageing.dust import _step as dust
from engine.ageing.electromigration import _step as electromigration
from engine.ageing.fan_bearing import _step as fan_bearing
from engine.ageing.psu_electrolytics import _step as psu_electrolytics
from engine.ageing.sd_card import _step as sd_card
from engine.ageing.solder_fatigue import _step as solder_fatigue
from engine.ageing.thermal_paste import _step as thermal_paste
from engine.kernels import kernel

WORDS: Final = (
    "board-vrm",
    "bti",
    "dust",
    "electromigration",
    "fan-bearing",
    "psu-electrolytics",
    "sd-card",
    "solder-fatigue",
    "thermal-paste",
)
"""In the order in which they are stepped, that of a body's slots: the last bit of a product depends on it."""


@kernel(entry="wear_round", signature="void(float64[::1], float64[::1], int64[::1], float64)")
def _round(state: Numbers, parameters: Numbers, places: Sequence[int], seconds: float) -> None:
    """`places` holds where each mode's slot begins, in the order of `WORDS`, or -1 for one that is not there."""
    if places[0] >= 0:
        board_vrm(state, parameters, places[0], seconds)
    if places[1] >= 0:
        bti(state, parameters, places[1], seconds)
    if places[2] >= 0:
        dust(state, parameters, places[2], seconds)
    if places[3] >= 0:
        electromigration(state, parameters, places[3], seconds)
    if places[4] >= 0:
        fan_bearing(state, parameters, places[4], seconds)
    if places[5] >= 0:
        psu_electrolytics(state, parameters, places[5], seconds)
    if places[6] >= 0:
        sd_card(state, parameters, places[6], seconds)
    if places[7] >= 0:
        solder_fatigue(state, parameters, places[7], seconds)
    if places[8] >= 0:
        thermal_paste(state, parameters, places[8], seconds)
