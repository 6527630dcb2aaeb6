"""The wear with which a device starts: as the scenario says, or drawn for each device between two damages."""

from typing import Final

from actors.families import MODES
from engine.ageing.base import FailureMode
from engine.streams import Stream
from schemas.scenario import DeviceSpec

_HALVINGS: Final = 60


def wear_at_start(seed: int, spec: DeviceSpec) -> dict[str, float]:
    """Damage by mode. Between two damages it is drawn evenly over the life between them: units were bought in turn."""
    found = {}
    for mode, wear in spec.group.wear.items():
        if isinstance(wear, tuple):
            found[mode] = _between(MODES.get(mode), *wear, Stream(seed, spec.id, f"wear-at-start/{mode}").uniform(0))
        else:
            found[mode] = wear
    return found


def _between(mode: FailureMode, low: float, high: float, share: float) -> float:
    """The damage at a share of the way, in life, from one damage to another: `age_share` inverted by halving."""
    first, last = mode.age_share(low), mode.age_share(high)
    wanted = first + share * (last - first)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if mode.age_share(middle) < wanted:
            low = middle
        else:
            high = middle
    return high
