"""Which devices a report shows and how: shared by runs and data sets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from api.report.model import Numbers, Row, Span

SLICES: Final = 240
"""Slices of time in the picture of the fleet."""
MOST_ROWS: Final = 60
MOST_STORIES: Final = 6
MOST_FALLEN: Final = 2
FALLEN: Final = 0.8
"""A device that was below this health has a story to tell, even if it lived."""
SHOWN_MODES: Final = 4
SPEAKING: Final = ("running", "throttled", "degraded")


class Known(NamedTuple):
    """What is known of a device before its story is read."""

    device: str
    cause: str
    """What it failed by, or nothing."""
    failed_s: float | None
    faulty: Sequence[str]
    """Sensors that lied."""
    health: Numbers
    """By slice of the time."""


def pick(known: Sequence[Known], wanted: Sequence[str], most: int = MOST_STORIES) -> list[tuple[str, str]]:
    """The devices to tell of, each with the reason: those asked for, or one for each thing that happened."""
    if wanted:
        return [(device, "asked for") for device in wanted]
    chosen: dict[str, str] = {}
    causes: set[str] = set()
    # the one that lived longest before it failed has most to tell
    for one in sorted((one for one in known if one.cause), key=lambda one: (-(one.failed_s or 0.0), one.device)):
        if one.cause not in causes:
            causes.add(one.cause)
            chosen.setdefault(one.device, f"failed by {one.cause}")
    sensors: set[str] = set()
    for one in known:
        new = [sensor for sensor in one.faulty if sensor not in sensors]
        if new and not one.cause:
            sensors.update(new)
            chosen.setdefault(one.device, f"its {' and '.join(new)} sensor lied")
    fallen = {one.device: _lowest(one) for one in known if not one.cause and _lowest(one) < FALLEN}
    for device in sorted(fallen, key=lambda device: (fallen[device], device))[:MOST_FALLEN]:
        chosen.setdefault(device, f"its health fell to {fallen[device]:.0%}")
    picked = list(chosen.items())[: most - 1]
    quiet = [one for one in known if one.device not in {**chosen, **fallen} and not one.cause and not one.faulty]
    rest = sorted(quiet, key=lambda one: (-float(np.nan_to_num(one.health).mean()), one.device))
    return [*picked, *((one.device, "nothing happened to it") for one in rest[:1])] or [
        (one.device, "the first one") for one in known[:1]
    ]


def _lowest(one: Known) -> float:
    """The lowest health of any slice; 1 where none is known."""
    return float(np.nanmin(one.health, initial=1.0))


def rows_of(known: Sequence[Known]) -> tuple[list[Row], int]:
    """The fleet's picture, those that failed first on top; and how many devices there was no room for."""
    far = float("inf")
    ordered = sorted(known, key=lambda one: (far if one.failed_s is None else one.failed_s, one.device))
    if len(ordered) > MOST_ROWS:
        # of a large fleet every so-manyth, so that the picture keeps its proportions
        places = np.unique(np.linspace(0, len(ordered) - 1, MOST_ROWS).astype(int)).tolist()
        ordered = [ordered[place] for place in places]
    rows = [Row(one.device, one.health, bool(one.cause), bool(one.faulty)) for one in ordered]
    return rows, len(known) - len(rows)


def by_slice(time_s: Numbers, values: Numbers, length_s: float) -> Numbers:
    """Means by slice of the time; not a number where there is nothing."""
    place = np.minimum((time_s / length_s * SLICES).astype(int), SLICES - 1)
    sums = np.bincount(place, values, SLICES)
    counts = np.bincount(place, minlength=SLICES)
    with np.errstate(invalid="ignore"):
        means: Numbers = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    # a device that speaks more seldom than slices come is not silent in between
    gap = max(1, round(SLICES * _usual_gap(time_s) / length_s) + 1)
    heard = means.copy()
    for n in np.flatnonzero(np.isnan(heard)).tolist():
        before = heard[max(0, n - gap) : n]
        known = before[~np.isnan(before)]
        if len(known) and gap > 1:
            means[n] = known[-1]
    return means


def _usual_gap(time_s: Numbers) -> float:
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0


def stretches(time_s: Numbers, words: Sequence[str | None], end_s: float, name: Callable[[str], str]) -> list[Span]:
    """Where a word holds without a break."""
    found: list[Span] = []
    start = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or words[place] != words[start]:
            word = words[start]
            if word:
                until = float(time_s[place]) if place < len(words) else min(end_s, _next(time_s))
                found.append(Span(float(time_s[start]), until, name(word)))
            start = place
    return found


def _next(time_s: Numbers) -> float:
    return float(time_s[-1]) + _usual_gap(time_s)


def silences(time_s: Numbers, end_s: float, failed: bool) -> list[Span]:
    """Stretches in which a device that speaks regularly said nothing: several samples long, or until the end."""
    if not len(time_s):
        return [Span(0.0, end_s, "silent")]
    usual = _usual_gap(time_s)
    gaps = np.flatnonzero(np.diff(time_s) > 3.5 * usual).tolist()
    found = [Span(float(time_s[n]) + usual, float(time_s[n + 1]), "silent") for n in gaps]
    if end_s - float(time_s[-1]) > 3.5 * max(usual, 1e-9):
        found.append(Span(float(time_s[-1]), end_s, "failed" if failed else "silent"))
    return found


def worst_modes(damage: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The few failure modes that came furthest."""
    known = {mode: values for mode, values in damage.items() if np.isfinite(values).any()}
    ordered = sorted(known, key=lambda mode: (-float(np.nanmax(known[mode])), mode))
    return {mode: known[mode] for mode in ordered[:SHOWN_MODES] if float(np.nanmax(known[mode])) > 0.005}


def listed(words: Iterable[str]) -> str:
    """Words one after the other."""
    return ", ".join(words)
