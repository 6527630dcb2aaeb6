"""The shipped monitor on seeds that nobody tuned it on: `python -m bench.monitor --seeds 5001-5020 [SCENARIO...]`.

Prints the table of docs/chaos.md: recall, precision, detection delay and false alarms with their 95 % intervals
(Wilson's for shares, Garwood's for rates). It is no benchmark of speed and no part of `python -m bench`.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from math import comb, exp, sqrt
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import scenarios
from api.judging.trial import Stop, TrialOptions, try_scenario
from api.loading import load
from api.options import overrides
from api.serving.plan import load_settings

HEAD: Final = (
    "scenario",
    "recall",
    "precision",
    "delay, median (90 %)",
    "false alarms per device-day",
    "error of remaining life",
)
_Z: Final = 1.959964


class Tally(NamedTuple):
    """What some runs of a scenario came to, together."""

    scenario: str
    wanted: int
    found: int
    alerts: int
    justified: int
    delays_s: tuple[float, ...]
    device_days: float
    rul_errors: tuple[float, ...]

    @property
    def false(self) -> int:
        """Alerts about nothing."""
        return self.alerts - self.justified


def judged() -> list[str]:
    """The shipped scenarios that ask something of a monitor and need no real time."""
    found = []
    for name in scenarios.names():
        scenario = load(name, overrides(None, duration=None, seed=None, pace=None)).scenario
        if scenario.expectations is not None and scenario.expectations.monitor is not None and scenario.pace == "max":
            found.append(name)
    return found


def trial(name: str, seed: int, monitor: str = "reference") -> Tally:
    """One run of one scenario by one seed, without its clean twin."""
    wanted = overrides(["expectations.twin=never"], duration=None, seed=str(seed), pace=None)
    verdict = try_scenario(load(name, wanted).scenario, load_settings(), TrialOptions(monitor), Stop())
    score = verdict.score
    assert score is not None
    must = [fault for fault in score["faults"] if fault["notice"] == "must" and fault["noticed"]]
    errors = (abs(each["rul_s"] - each["true_s"]) / each["true_s"] for each in score["ruls"])
    return Tally(
        name,
        score["wanted"],
        score["found"],
        score["alerts"],
        score["justified"],
        tuple(fault["after_s"] for fault in must),
        verdict.summary["devices"] * verdict.simulated_s / 86_400.0,
        tuple(errors),
    )


def together(runs: Sequence[Tally]) -> Tally:
    """Runs of one scenario as one."""
    return Tally(
        runs[0].scenario,
        sum(run.wanted for run in runs),
        sum(run.found for run in runs),
        sum(run.alerts for run in runs),
        sum(run.justified for run in runs),
        tuple(sorted(delay for run in runs for delay in run.delays_s)),
        sum(run.device_days for run in runs),
        tuple(sorted(error for run in runs for error in run.rul_errors)),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def garwood(count: int) -> tuple[float, float]:
    """The 95 % interval of the mean of a Poisson count (Garwood, 1936)."""
    low = 0.0 if count == 0 else _mean_with(lambda mean: 1.0 - poisson_at_most(count - 1, mean), 0.025)
    return low, _mean_with(lambda mean: 1.0 - poisson_at_most(count, mean), 0.975)


def poisson_at_most(most: int, mean: float) -> float:
    """The chance of at most so many."""
    term = total = exp(-mean)
    for n in range(1, most + 1):
        term *= mean / n
        total += term
    return total


def binomial_at_most(most: int, of: int, share: float) -> float:
    """The chance of at most so many hits."""
    return sum(comb(of, n) * share**n * (1.0 - share) ** (of - n) for n in range(most + 1))


def _mean_with(chance: Any, wanted: float) -> float:
    low, high = 0.0, 500.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < wanted else (low, middle)
    return low


def row(tally: Tally) -> tuple[str, ...]:
    """A line of the table."""
    days = tally.device_days
    low, high = (count / days for count in garwood(tally.false))
    delays, errors = tally.delays_s, tally.rul_errors
    late = "" if not delays else f"{median(delays):.0f} s ({delays[int(0.9 * (len(delays) - 1))]:.0f} s)"
    return (
        tally.scenario,
        _share(tally.found, tally.wanted),
        _share(tally.justified, tally.alerts),
        late,
        f"{tally.false}/{days:.1f} = {tally.false / days:.2f} [{low:.2f}-{high:.2f}]",
        "" if not errors else f"{median(errors):.2f} of {len(errors)}",
    )


def _share(hits: int, of: int) -> str:
    if not of:
        return ""
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {hits / of:.3f} [{low:.3f}-{high:.3f}]"


def table(tallies: Iterable[Tally]) -> str:
    """The table in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *(row(each) for each in tallies)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _one(job: tuple[str, int]) -> Tally:
    return trial(*job)


def main() -> int:
    """Run, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.monitor", description="The shipped monitor on many seeds.")
    parser.add_argument("scenario", nargs="*", help="which scenarios (default: all that ask something of a monitor)")
    parser.add_argument("--seeds", default="5001-5020", help="first and last seed (default 5001-5020)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write all counts to this file")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    names = options.scenario or judged()
    jobs = [(name, seed) for name in names for seed in range(int(first), int(last or first) + 1)]
    runs: list[Tally] = []
    with get_context("spawn").Pool(options.processes) as pool:
        for run in pool.imap(_one, jobs):
            runs.append(run)
            print(f"{len(runs)}/{len(jobs)} {run.scenario}: {run.found}/{run.wanted}, {run.false}", file=sys.stderr)
    tallies = [together([run for run in runs if run.scenario == name]) for name in names]
    print(table(tallies), end="")
    if options.json:
        options.json.write_text(json.dumps([each._asdict() for each in tallies]) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
