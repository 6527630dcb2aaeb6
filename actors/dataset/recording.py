"""Records of faults kept in columns: told only of the frames in which a record has something new to note."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actors.dataset.block import Integers, Numbers
from actors.device.records import CURVE_STEP, ONSET, InForce, Records, observable_from
from schemas.readings import WearTruth


def note_records(records: Records, times: Integers, wear: Sequence[Any], faults: Sequence[InForce]) -> None:
    """Bring records up to date with frames at `times` during which these faults were in force.

    `wear` has mode, damage and event state by frame. The records are the same as if they had been told of every frame:
    their first and last ones, and those between in which damage comes to an onset, an end or a point of a curve.
    """
    last, row = len(times) - 1, 0
    while True:
        truths = [WearTruth(one.mode, one.damage.item(row), one.event_state.item(row), None) for one in wear]
        records.update(times.item(row), truths, faults)
        if row == last:
            return
        row = _next(records, row + 1, last, {one.mode: one.damage for one in wear})


def _next(records: Records, start: int, last: int, damage: Mapping[str, Numbers]) -> int:
    """The next row from `start` on in which there is something to note; `last` has."""
    first = last
    for mode, values in damage.items():
        found = np.flatnonzero(_is_news(records, mode, values[start : first + 1]))
        if len(found):
            first = start + found.item(0)
    return first


def _is_news(records: Records, mode: str, damage: Numbers) -> NDArray[np.bool_]:
    """By row whether the record of a mode would change but for its present severity."""
    point = records.newest_point(mode)
    if point is None:
        began: NDArray[np.bool_] = damage >= ONSET
        return began
    severity, is_seen = point
    news: NDArray[np.bool_] = (damage < ONSET) | (np.abs(damage - severity) >= CURVE_STEP)
    return news if is_seen else news | (damage >= observable_from(mode))
