"""What is said of the shipped monitor in docs/chaos.md holds on seeds that neither tuning nor the table has seen."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from bench.monitor import Tally, binomial_at_most, garwood, judged, poisson_at_most, together, trial, wilson

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "chaos.md"
SEEDS: Final = (9001, 9002)
SMALL: Final = ("bad-firmware", "dusty-site", "sensor-drift")
CHANCE: Final = 0.001
"""What happens more rarely than this, if the table is true, is no chance."""


@cache
def published() -> dict[str, list[str]]:
    """Rows of the table, by scenario."""
    after = DOCUMENT.read_text(encoding="utf-8").partition("<!-- evidence -->")[2]
    text = after.partition("<!-- end of evidence -->")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row for row in rows}


def interval(cell: str) -> tuple[float, float]:
    found = re.search(r"\[([\d.]+)-([\d.]+)\]", cell)
    assert found, cell
    return float(found[1]), float(found[2])


def is_as_published(found: Tally) -> bool:
    """Whether the least recall and the most false alarms of the table's intervals leave what was found possible."""
    row = published()[found.scenario]
    least = interval(row[1])[0]
    most = interval(row[4])[1] * found.device_days
    enough = binomial_at_most(found.found, found.wanted, least) > CHANCE
    few = found.false == 0 or 1.0 - poisson_at_most(found.false - 1, most) > CHANCE
    return enough and few


def test_the_table_is_about_every_scenario_that_asks_something_of_a_monitor() -> None:
    assert set(published()) == set(judged())


@pytest.mark.parametrize("name", SMALL)
def test_on_other_seeds_it_does_as_well_as_the_table_says(name: str) -> None:
    found = together([trial(name, seed) for seed in SEEDS])
    assert found.wanted >= 12
    assert is_as_published(found), found


@pytest.mark.parametrize("monitor", ["blind", "paranoid"])
def test_a_worse_monitor_does_not(monitor: str) -> None:
    assert not is_as_published(trial("sensor-drift", SEEDS[0], monitor))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 10, 0.0, 0.278), (9, 10, 0.596, 0.982), (45, 45, 0.921, 1.0)]
)
def test_intervals_of_shares(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668)])
def test_intervals_of_rates(count: int, low: float, high: float) -> None:
    assert garwood(count) == pytest.approx((low, high), abs=0.001)
