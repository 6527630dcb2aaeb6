"""The data card says what befell the units, as the scenario has it and as often as it came about."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.actors.dataset.dataset_cases import load, make, plan_of, tree

# a data set is made here: quick on free cores, slow on busy ones
pytestmark = pytest.mark.timeout(600)

TEXT = """
version: 1
name: kept
seed: 12
duration: 5d
fleet:
  - {name: kept, kind: cpu, count: 8, interval: 10m, acceleration: 2000,
     sensor_faults: {per_week: 3, kinds: [bias, stuck]}}
  - {name: left, kind: raspberry-pi, model: "5", setup: active-cooler, count: 4, interval: 10m,
     faults: [{sensor: link, fault: loss, parameters: {share: 0.1}}]}
timeline:
  - {every: 1d, do: repair, on: {groups: [kept]}, mode: fan}
  - {name: shift, at: 4d, do: repair, on: {percent: 50}}
  - {at: 6h, do: inject-fault, on: {groups: [left]}, sensor: body, fault: bad-batch, id: batch-7,
     parameters: {mode: fan-bearing, factor: 4}}
  - {at: 1d, do: inject-fault, on: all, sensor: load, fault: spike, for: 1h}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    root = tmp_path_factory.mktemp("kept") / "set"
    return root, make(plan_of(TEXT), root, processes=2).card


def test_policies_and_rates_stand_there_as_they_were_said(made: tuple[Path, Any]) -> None:
    root, card = made
    what = card["befallen"]
    assert what["maintenance"]["said"] == [
        {"every": "1d", "on": {"groups": ["kept"]}, "do": "repair", "mode": "fan"},
        {"name": "shift", "at": "4d", "on": {"percent": 50.0}, "do": "repair"},
    ]
    rate, spike = what["sensor_faults"]["said"]
    assert rate == {"group": "kept", "per_week": 3.0, "kinds": ["bias", "stuck"]}
    assert (spike["at"], spike["on"], spike["fault"]) == ("1d", "all", "spike")
    assert [one["fault"] for one in what["common_causes"]["said"]] == ["bad-batch"]
    assert [(one["group"], one["fault"]) for one in what["links_and_clocks"]["said"]] == [("left", "loss")]
    page = (root / "CARD.md").read_text()
    assert "`{every: 1d, on: {groups: [kept]}, do: repair, mode: fan}`" in page
    assert "`{group: kept, per_week: 3, kinds: [bias, stuck]}`" in page
    assert f" {what['maintenance']['came']['fan-bearing']} fan-bearing" in page[page.index("  - parts renewed: ") :]


def test_what_is_said_on_the_page_can_be_read_as_a_scenario(made: tuple[Path, Any]) -> None:
    root, _ = made
    lines = [line.strip("- `") for line in (root / "CARD.md").read_text().splitlines() if line.startswith("  - `{")]
    steps = [line for line in lines if "do: " in line]
    text = "version: 1\nfleet: [{name: kept, kind: cpu}, {name: left, kind: cpu}]\ntimeline:\n"
    again = load(text + "".join(f"  - {step}\n" for step in steps))
    assert [step.do for step in again.timeline] == ["repair", "repair", "inject-fault", "inject-fault"]


def test_what_came_about_is_counted_without_the_sealed_units(made: tuple[Path, Any]) -> None:
    root, card = made
    what = card["befallen"]
    events = [row for part in (root / "events").rglob("*.parquet") for row in pq.ParquetFile(part).read().to_pylist()]
    renewed = Counter(row["what"] for row in events if row["event"] == "PartRepaired")
    assert what["maintenance"]["came"] == renewed
    assert renewed["fan-bearing"] >= 3 * 4
    faults = [row for part in (root / "faults").rglob("*.parquet") for row in pq.ParquetFile(part).read().to_pylist()]
    chance = Counter(row["mode"] for row in faults if "/chance/" in row["id"])
    assert set(chance) == {"bias", "stuck"}
    assert what["sensor_faults"]["came"] == {**chance, "spike": sum(row["mode"] == "spike" for row in faults)}
    assert what["common_causes"]["came"] == {"bad-batch": sum(row["mode"] == "bad-batch" for row in faults)}
    assert what["links_and_clocks"]["came"]["loss"] >= 1
    assert sum(what["wear_by_cause"].values()) == sum(row["layer"] == "wear" for row in faults)


def test_where_nothing_befell_the_page_says_so(tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("timeline:")].replace("sensor_faults: {per_week: 3, kinds: [bias, stuck]}", "cold: true")
    text = text.replace("faults: [{sensor: link, fault: loss, parameters: {share: 0.1}}]", "cold: true")
    make(plan_of(text, "duration=6h"), tmp_path / "set")
    page = tree(tmp_path / "set")["CARD.md"].decode()
    assert "- maintenance: none: what fails stays failed" in page
    assert "- sensor faults: none" in page
