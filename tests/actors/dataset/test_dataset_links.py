"""A data set of what arrived: rows missing, doubled, late and stamped wrongly, beside a truth that has them all."""

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from actors.dataset.plan import Shares
from actors.system import Simulation
from tests.actors.dataset.dataset_cases import EVENTFUL, load, make, plan_of, tree

# whole data sets are made here: quick on free cores, slow on busy ones
pytestmark = pytest.mark.timeout(900)

HOUR = 3600 * 10**9
TEXT = """
version: 1
name: on-the-way
seed: 31
pace: max
duration: 2d
start: 2026-01-01T00:00:00Z
fleet:
  - {name: lossy, kind: raspberry-pi, model: "5", count: 2, interval: 30s, faults: [{sensor: link, fault: loss,
     parameters: {share: 0.2, mean_length: 4}}]}
  - {name: twice, kind: cpu, count: 2, interval: 30s, faults: [{sensor: link, fault: duplicate,
     parameters: {share: 0.3, later_s: 100}}]}
  - {name: late, kind: cpu, count: 2, interval: 30s}
  - {name: wrong, kind: cpu, count: 1, interval: 30s}
  - {name: away, kind: cpu, count: 1, interval: 30s}
  - {name: sound, kind: cpu, count: 2, interval: 30s}
timeline:
  - {at: 6h, do: inject-fault, on: {groups: [late]}, sensor: link, fault: delay, for: 12h,
     parameters: {seconds: 40, jitter_s: 200}}
  - {at: 20h, do: inject-fault, on: {groups: [late]}, sensor: link, fault: reorder, for: 6h,
     parameters: {share: 0.4, by: 5}}
  - {at: 6h, do: inject-fault, on: {groups: [wrong]}, sensor: link, fault: clock-skew, for: 6h,
     parameters: {seconds: -90}}
  - {at: 12h, do: inject-fault, on: {groups: [wrong]}, sensor: link, fault: clock-drift, parameters: {ppm: 800}}
  - {at: 10h, do: inject-fault, on: {groups: [away]}, sensor: link, fault: offline-buffer,
     parameters: {capacity: 100, order: shuffled}, for: 5h}
  - {at: 47h, do: inject-fault, on: {groups: [away]}, sensor: link, fault: offline-buffer}
"""
ON_THE_WAY = """
  - {at: 30m, do: inject-fault, on: all, sensor: link, fault: delay, for: 20h,
     parameters: {seconds: 200, jitter_s: 300}}
  - {at: 1h, do: inject-fault, on: {percent: 60}, sensor: link, fault: loss, parameters: {share: 0.3}, for: 30h}
  - {at: 2h, do: inject-fault, on: {percent: 60}, sensor: link, fault: duplicate, parameters: {later_s: 700}, for: 30h}
  - {at: 3h, do: inject-fault, on: {percent: 60}, sensor: link, fault: reorder, parameters: {by: 7}, for: 9h}
  - {at: 4h, do: inject-fault, on: {percent: 60}, sensor: link, fault: clock-jump, parameters: {slew_ppm: 500}}
  - {at: 8h, do: inject-fault, on: {percent: 60}, sensor: link, fault: offline-buffer, for: 7h,
     parameters: {capacity: 50}}
  - {at: 2d, do: inject-fault, on: {groups: [pi5]}, sensor: link, fault: clock-skew}
  - {at: 2d, do: inject-fault, on: {groups: [o]}, sensor: link, fault: delay, parameters: {seconds: 120}}
"""


def rows_of(root: Path, what: str, device: str) -> list[dict[str, Any]]:
    parts = [root / base / what for base in (".", "sealed")]
    found = [path for part in parts for path in part.glob(f"site=*/device={device}/part-0.parquet")]
    return [row for path in found for row in pq.ParquetFile(path).read().to_pylist()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("way") / "set"
    make(plan_of(TEXT), root, processes=2)
    return root


def ns(row: dict[str, Any], name: str = "time") -> int:
    value: int = row[name].value
    return value


def test_every_way_to_make_it_gives_the_same_files(tmp_path: Path) -> None:
    text = EVENTFUL + ON_THE_WAY
    alone = make(plan_of(text), tmp_path / "alone").card
    assert make(plan_of(text), tmp_path / "two", processes=2).card == alone
    assert make(plan_of(text), tmp_path / "actors", by_actors=True).card == alone
    assert tree(tmp_path / "alone") == tree(tmp_path / "actors") == tree(tmp_path / "two")
    assert alone["received"] != alone["frames"]
    summary = Simulation.from_scenario(load(text, "sinks=[{kind: 'null'}]")).run()
    assert summary.digest == alone["digest"]


def test_telemetry_is_what_a_sink_gets(tmp_path: Path, made: Path) -> None:
    """Frame by frame and in their order, against a run with a sink in memory."""
    scenario = load(TEXT, "sinks=[{kind: memory, options: {limit: 10000000}}]")
    simulation = Simulation.from_scenario(scenario)
    simulation.run()
    sink: Any = simulation.sinks[0]
    got: dict[str, list[Any]] = {}
    for frame in sink.frames:
        got.setdefault(frame.device, []).append(frame)
    for device, frames in got.items():
        rows = rows_of(made, "telemetry", device)
        assert [(row["sequence"], ns(row)) for row in rows] == [(frame.sequence, frame.time_ns) for frame in frames]
        for row, frame in zip(rows, frames, strict=True):
            for reading in frame.readings:
                if row["irregular"] is None:
                    assert row[reading.sensor] == reading.value
        assert all(ns(one, "received") <= ns(other, "received") for one, other in pairwise(rows))


def test_what_is_missing_doubled_late_or_stamped_wrongly_is_so(made: Path) -> None:
    lossy = rows_of(made, "telemetry", "lossy-0001")
    truth = rows_of(made, "truth", "lossy-0001")
    assert 0.7 < len(lossy) / len(truth) < 0.9
    assert [row["sequence"] for row in truth] == list(range(len(truth)))
    twice, whole = rows_of(made, "telemetry", "twice-0001"), rows_of(made, "truth", "twice-0001")
    numbers = [row["sequence"] for row in twice]
    assert len(set(numbers)) == len(whole)
    assert 1.25 < len(numbers) / len(whole) < 1.35
    late = rows_of(made, "telemetry", "late-0001")
    waited = np.array([ns(row, "received") - ns(row) for row in late])
    assert waited.min() == 0
    assert 150e9 < waited[waited > 0].mean() < 350e9
    assert (np.diff([row["sequence"] for row in late]) < 0).sum() > 100
    assert sorted(row["sequence"] for row in late) == list(range(len(rows_of(made, "truth", "late-0001"))))
    sound = rows_of(made, "telemetry", "sound-0001")
    assert all(row["time"] == row["received"] for row in sound)


def test_truth_has_the_true_times_and_says_which_fault_it_was(made: Path) -> None:
    truth = {row["sequence"]: row for row in rows_of(made, "truth", "wrong-0001")}
    off = [(ns(row) - ns(truth[row["sequence"]])) / 1e9 for row in rows_of(made, "telemetry", "wrong-0001")]
    assert set(off[:700]) == {0.0}
    assert set(off[730:1430]) == {-90.0}
    assert off[-1] == pytest.approx(36 * 3600 * 800e-6, rel=0.01)
    parts = [pq.ParquetFile(path).read().to_pylist() for path in made.rglob("faults/site=*/part-0.parquet")]
    layers = {(row["mode"], row["layer"]) for part in parts for row in part if row["layer"] in ("link", "clock")}
    assert ("clock-drift", "clock") in layers
    assert {("loss", "link"), ("delay", "link"), ("offline-buffer", "link")} <= layers
    away = rows_of(made, "telemetry", "away-0001")
    gone = len(rows_of(made, "truth", "away-0001")) - len(away)
    assert gone > 500, "a full store loses, and one that is still away keeps"


def test_the_test_is_cut_by_what_had_arrived(made: Path) -> None:
    answers = pq.ParquetFile(made / "sealed/rul.parquet").read().to_pylist()
    assert len(answers) >= 2
    for answer in answers:
        cut = answer["cut"].value
        (shown,) = made.glob(f"telemetry/site=*/device={answer['device']}/part-0.parquet")
        (hidden,) = made.glob(f"sealed/telemetry/site=*/device={answer['device']}/part-0.parquet")
        received = [pq.ParquetFile(path).read().column("received").cast("int64").to_numpy() for path in (shown, hidden)]
        assert received[0].max() < cut <= received[1].min()
    for line in (made / "sealed.sha256").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == digest


def test_the_card_says_that_rows_are_what_arrived(made: Path, tmp_path: Path) -> None:
    card = json.loads((made / "card.json").read_text())
    assert "received" in [column["name"] for column in card["columns"]["telemetry"]]
    assert any("as they arrived" in caveat for caveat in card["caveats"])
    assert f"{card['received']:,} rows of telemetry" in (made / "CARD.md").read_text()
    plain = make(plan_of(EVENTFUL, "duration=1h", shares=Shares(0.5, 0.25)), tmp_path / "plain").card
    assert "received" not in [column["name"] for column in plain["columns"]["telemetry"]]
    assert plain["received"] == plain["frames"]
