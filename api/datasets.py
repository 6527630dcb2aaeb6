"""Making a data set as the command line sees it: checks, progress, signals, the word at the end."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actors.dataset.making import Making, Stopped, make_dataset
from actors.dataset.plan import DatasetPlan, Shares, make_plan
from api.exit_codes import ExitCode
from api.interrupts import Interrupts
from api.options import Kernels
from api.progress import ProgressReport, human_seconds
from api.summary import count
from engine import kernels
from engine.clock import WallClock
from schemas.problems import InvalidInput, Problem

if TYPE_CHECKING:
    from schemas.scenario import Scenario


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """What the command line may ask besides the scenario."""

    out: str
    split: str = "70/15/15"
    processes: int | None = None
    by_actors: bool = False
    quiet: bool = False
    kernels: Kernels = "auto"


class _Standing(NamedTuple):
    now_ns: int
    started_ns: int
    until_ns: int | None
    readings: int


class _Counting:
    """How far it is: the mean of the simulated times of all devices."""

    def __init__(self, plan: DatasetPlan) -> None:
        self._units = len(plan.units)
        self._whole_ns = plan.until_ns - plan.scenario.start_ns
        self._done_ns = 0
        self._readings = 0
        self.stopped = False

    def add(self, simulated_ns: int, readings: int) -> None:
        self._done_ns += simulated_ns
        self._readings += readings

    def standing(self) -> _Standing:
        return _Standing(self._done_ns // self._units, 0, self._whole_ns, self._readings)

    def stop(self) -> None:
        self.stopped = True


def make(scenario: "Scenario", options: DatasetOptions, interrupts: Interrupts) -> ExitCode:
    """Make it, or go on making it; what is wrong is found before anything is written."""
    if scenario.duration_ns is None:
        hint = "Say duration: 24d in the scenario, or --duration 24d."
        raise InvalidInput(f"scenario '{scenario.name}'", [Problem("duration", "none", "a data set has an end", hint)])
    plan = make_plan(scenario, shares_of(options.split))
    counting = _Counting(plan)
    interrupts.guard(counting.stop)
    if options.kernels != "interpreted" and not kernels.ready():
        _say(options, "The first run here: the physics is being compiled, once, for some seconds.")
    wall = WallClock()
    started = wall.monotonic_ns()
    how = Making(
        root=Path(options.out),
        processes=options.processes or usable_cores(),
        kernels=options.kernels,
        by_actors=options.by_actors,
        report=counting.add,
        stopping=lambda: counting.stopped,
        say=lambda text: _say(options, text),
    )
    try:
        with _progress(counting, options):
            result = make_dataset(plan, how)
    except Stopped:
        _say(options, f"stopped; the same command goes on from here: {options.out}")
        return ExitCode.OK
    seconds = (wall.monotonic_ns() - started) / 1e9
    _say(options, told(result.card, options.out, result.made, seconds).rstrip())
    return ExitCode.OK


def told(card: Mapping[str, Any], out: str, made: int, seconds: float) -> str:
    """What has come out, for a person."""
    balance, splits = card["balance"], card["splits"]["by_unit"]
    counts = (count(card["frames"], "frame"), count(card["readings"], "reading"), count(len(card["sites"]), "site"))
    how = f"made in {human_seconds(seconds)}" if made else "was there already"
    lines = [
        f"{card['name']}, seed {card['seed']}: {card['duration']} of {count(card['units'], 'unit')} {how}",
        f"  {', '.join(counts)}",
        f"  train {splits['train']}, validation {splits['validation']}, test {splits['test']} (sealed); of the first "
        f"two {balance['failed_units']} failed",
        f"  digest {card['digest']}",
        f"  {out}/CARD.md says what it is",
    ]
    return "\n".join(lines) + "\n"


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_ALLOWED: Final = "three whole numbers that make 100, such as 70/15/15; the first and the last above 0"


def shares_of(text: str) -> Shares:
    """`70/15/15` as shares; `InvalidInput` when it is something else."""
    parts = text.split("/")
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 3]
    if len(parts) != 3 or len(numbers) != 3 or sum(numbers) != 100 or not numbers[0] or not numbers[2]:
        raise InvalidInput("--split", [Problem("--split", f"'{text[:64]}'", _ALLOWED)])
    return Shares(numbers[0] / 100, numbers[1] / 100)


def _say(options: DatasetOptions, text: str) -> None:
    if not options.quiet:
        sys.stderr.write(f"{text}\n")


def _progress(counting: _Counting, options: DatasetOptions) -> AbstractContextManager[object]:
    if options.quiet:
        return nullcontext()
    return ProgressReport(counting.standing, lambda: WallClock().monotonic_ns() / 1e9)
