"""One data set, whoever makes it: devices lived alone, by actors, in two processes, after a kill - the same bytes."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as pds
import pyarrow.parquet as pq
import pytest

from actors.dataset.alone import Stopped
from actors.dataset.block import Block, block_of
from actors.dataset.life import Life
from actors.dataset.plan import Shares, make_plan, orders_by_device
from actors.dataset.ways import needs_actors
from actors.system import Simulation
from engine.digest import run_digest
from schemas.problems import InvalidInput
from schemas.readings import Frame, Truth
from schemas.scenario import plan
from tests.actors.dataset.dataset_cases import EVENTFUL, load, make, plan_of, tree

MEMORY = "sinks=[{kind: memory, truth: true, options: {limit: 10000000}}]"

# whole data sets are made here: quick on free cores, slow on busy ones
pytestmark = pytest.mark.timeout(900)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=one.dtype == np.float64))
    return one is other if one is None or other is None else list(one) == list(other)


def test_a_device_lived_alone_says_what_its_actors_say() -> None:
    scenario = load(EVENTFUL, MEMORY)
    assert not needs_actors(scenario)
    simulation = Simulation.from_scenario(scenario, kernels="compiled")
    simulation.journal.entries = deque()
    summary = simulation.run()
    told: dict[str, list[tuple[Frame, Truth]]] = {}
    sink: Any = simulation.sinks[0]
    for frame, truth in zip(*sink.take(), strict=True):
        told.setdefault(frame.device, []).append((frame, truth))
    specs = tuple(plan(scenario))
    orders = orders_by_device(scenario, specs)
    frames, history = {}, {}
    for spec in specs:
        life = Life(scenario, spec, orders.get(spec.id, ()))
        start = 0
        for block in life.blocks(scenario.start_ns + (scenario.duration_ns or 0)):
            pairs = told[spec.id][start : start + len(block)]
            expected = block_of(pairs, life.memory.sensors)
            for field in fields(Block):
                assert same(getattr(block, field.name), getattr(expected, field.name)), (spec.id, start, field.name)
            start += len(block)
        assert start == len(told[spec.id]) > 100
        events = [e.event for e in simulation.journal.entries if getattr(e.event, "device", None) == spec.id]
        assert [event for event in life.events if hasattr(event, "device")] == events
        frames[spec.id], history[spec.id] = life.memory.digest.hex(), life.history.hex()
    assert frames == summary.digests
    assert run_digest(frames, history) == summary.digest


def test_every_way_to_make_it_gives_the_same_files(tmp_path: Path) -> None:
    chosen = plan_of(EVENTFUL)
    alone = make(chosen, tmp_path / "alone")
    files = tree(tmp_path / "alone")
    assert len(files) > 20
    assert make(chosen, tmp_path / "two", processes=2).card == alone.card
    assert tree(tmp_path / "two") == files
    assert make(chosen, tmp_path / "actors", by_actors=True).card == alone.card
    assert tree(tmp_path / "actors") == files
    again = make(chosen, tmp_path / "alone")
    assert (again.made, again.card) == (0, alone.card)
    other = make(plan_of(EVENTFUL, "seed=6"), tmp_path / "other")
    assert other.card["digest"] != alone.card["digest"]


def test_the_frames_can_be_had_back_from_the_files(tmp_path: Path) -> None:
    """Nothing is lost on the way into columns: not a lost reading, not one without a value."""
    scenario = load(EVENTFUL, MEMORY)
    simulation = Simulation.from_scenario(scenario)
    simulation.run()
    sink: Any = simulation.sinks[0]
    expected = [frame for frame in sink.frames if frame.device == "c-0001"]
    shown = make(make_plan(scenario, Shares(0.5, 0.25)), tmp_path / "set")
    assert shown.made == 8
    parts = [tmp_path / "set" / base / "telemetry/site=cairo/device=c-0001/part-0.parquet" for base in (".", "sealed")]
    rows = [row for part in parts if part.exists() for row in pq.ParquetFile(part).read().to_pylist()]
    names = [reading.sensor for reading in expected[-1].readings]
    assert len(rows) == len(expected)
    for row, frame in zip(rows, expected, strict=True):
        said = [(reading.sensor, reading.time_ns, reading.value) for reading in frame.readings]
        if row["irregular"] is None:
            assert said == [(name, frame.time_ns, row[name]) for name in names]
        else:
            assert said == [(one["sensor"], one["time"].value, one["value"]) for one in row["irregular"]]
        assert (row["sequence"], row["time"].value, row["throttled"]) == (
            frame.sequence,
            frame.time_ns,
            frame.throttled,
        )
    assert any(row["irregular"] is not None for row in rows)


def test_asked_to_stop_it_keeps_what_is_done_and_goes_on_from_there(tmp_path: Path) -> None:
    chosen = plan_of(EVENTFUL)
    whole = make(chosen, tmp_path / "whole").card
    asked: list[int] = []

    def stopping() -> bool:
        asked.append(1)
        return len(asked) > 150

    with pytest.raises(Stopped):
        make(chosen, tmp_path / "set", stopping=stopping)
    notes = len(list((tmp_path / "set" / ".work").glob("*-*.json")))
    assert 0 < notes < 8
    with pytest.raises(InvalidInput, match="another data set under way"):
        make(plan_of(EVENTFUL, "seed=6"), tmp_path / "set")
    rest = make(chosen, tmp_path / "set")
    assert rest.made == 8 - notes
    assert rest.card == whole
    assert tree(tmp_path / "set") == tree(tmp_path / "whole")


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_in_the_middle_it_goes_on_to_the_same_files(tmp_path: Path, processes: int) -> None:
    scenario = tmp_path / "eventful.yaml"
    scenario.write_text(EVENTFUL)
    command = [sys.executable, "-m", "api.cli", "dataset", str(scenario), "--split", "50/25/25", "-q"]
    command += ["--duration", "6d", "--processes", str(processes)]
    subprocess.run([*command, "--out", str(tmp_path / "whole")], check=True, timeout=500)
    work = tmp_path / "set" / ".work"
    killed = subprocess.Popen([*command, "--out", str(tmp_path / "set")])
    deadline = time.monotonic() + 120
    while not list(work.glob("*-*.json")):
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "set" / "card.json").exists()
    subprocess.run([*command, "--out", str(tmp_path / "set")], check=True, timeout=500)
    assert tree(tmp_path / "set") == tree(tmp_path / "whole")


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match="a folder with something else in it"):
        make(plan_of(EVENTFUL), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_concerns_several_devices_is_left_to_the_actors(tmp_path: Path) -> None:
    text = EVENTFUL.replace("duration: 3d", "duration: 2h") + "  - {at: 1h, do: crash, on: {groups: [o]}}\n"
    assert "crash" in needs_actors(load(text))
    assert "whole seconds" in needs_actors(load(EVENTFUL, "fleet[0].interval=500ms"))
    assert "intervals of their own" in needs_actors(load(EVENTFUL, "fleet[0].intervals.fan=5s"))
    said: list[str] = []
    card = make(plan_of(text), tmp_path / "set", say=said.append).card
    assert "lived by actors" in said[0]
    events = pds.dataset(tmp_path / "set" / "events", partitioning="hive").to_table().column("event").to_pylist()
    assert "ActorRestarted" in events or card["splits"]["by_unit"]["test"]


def test_every_fault_has_a_row_with_its_onset_its_end_and_its_cause(tmp_path: Path) -> None:
    make(plan_of(EVENTFUL), tmp_path / "set")
    parts = [pq.ParquetFile(path).read() for path in sorted((tmp_path / "set").rglob("faults/*/part-0.parquet"))]
    rows = [row for part in parts for row in part.to_pylist()]
    assert len({row["id"] for row in rows}) == len(rows) > 100
    assert {row["layer"] for row in rows} == {"wear", "sensor", "cause"}
    stuck = [row for row in rows if row["mode"] == "stuck"]
    assert len(stuck) == 6, "of eight devices two lay failed all that time and told nothing"
    assert all((row["sensor"], row["cause"], row["censored"]) == ("power", "injected", False) for row in stuck)
    ended = sorted(row["ended_after_s"] for row in stuck)
    assert ended[0] >= 7200
    assert ended[3] <= 7320, "two hours, seen in the next frame, which may be late"
    assert any(row["observable_after_s"] is not None for row in stuck)
    shock = [row for row in rows if row["cause"] == "shock"]
    assert [row["mode"] for row in shock] == ["fan-bearing"]
    assert shock[0]["curve"][0]["severity"] == pytest.approx(0.9, abs=0.01)
    for row in rows:
        severities = [point["severity"] for point in row["curve"]]
        assert all(abs(one - other) >= 0.05 for one, other in pairwise(severities))
        assert row["censored"] == (row["ended_after_s"] is None)
    sealed = pds.dataset(tmp_path / "set" / "faults", partitioning="hive").to_table().column("device").to_pylist()
    split = pq.ParquetFile(tmp_path / "set" / "metadata" / "units.parquet").read().to_pylist()
    assert set(sealed) == {unit["device"] for unit in split if unit["split"] != "test"}


def test_faults_that_come_by_chance_are_the_same_either_way(tmp_path: Path) -> None:
    text = EVENTFUL.replace("phase: aligned,", "phase: aligned, sensor_faults: {per_week: 30},")
    chosen = plan_of(text)
    make(chosen, tmp_path / "alone")
    make(chosen, tmp_path / "actors", by_actors=True)
    assert tree(tmp_path / "actors") == tree(tmp_path / "alone")
    parts = [pq.ParquetFile(path).read() for path in (tmp_path / "alone").rglob("faults/*/part-0.parquet")]
    assert sum("/chance/" in id for part in parts for id in part.column("id").to_pylist()) > 10
