"""The truth of a data set: exact remaining lives, censoring, sensor faults that move nothing, a test that is sealed.

Checks 15 and 19 of the reference of device physics, on data sets made by the shipped command.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from schemas.scenario.instants import parse_instant

# whole data sets are made here: quick on free cores, slow on busy ones
pytestmark = pytest.mark.timeout(900)

LIVES = """
version: 1
name: lives
seed: 15
duration: 12d
fleet:
  - {name: pi, site: a, kind: raspberry-pi, model: "5", setup: active-cooler, profile: edge, count: 12, interval: 2m,
     acceleration: 400, wear: {dust: [0, 0.8], thermal-paste: [0, 0.6]}}
  - {name: young, site: b, kind: cpu, model: 65w, count: 4, interval: 2m, acceleration: 1}
  - {name: kept, site: b, kind: cpu, model: 65w, count: 4, interval: 2m, acceleration: 3000}
timeline:
  - {every: 2d, do: repair, on: {groups: [kept]}}
"""

SHARE = 0.2
LYING = """
version: 1
name: lying
seed: 19
duration: 8d
fleet:
  - {name: pi, kind: raspberry-pi, model: "5", setup: active-cooler, profile: edge, count: 4, interval: 1m,
     acceleration: 20, modes: [dust, fan-bearing], wear: {dust: [0.2, 0.8]}}
  - {name: cpu, kind: cpu, model: 65w, profile: web, count: 4, interval: 1m, acceleration: 20,
     modes: [dust, fan-bearing]}
"""
# one sensor after the other lies for a fifth of each day, and a fifth of what the load sensor says is lost
FAULTS = """
timeline:
  - {every: 1d, do: inject-fault, on: all, sensor: temperature, fault: stuck, for: 288m}
  - {every: 1d, do: inject-fault, on: all, sensor: power, fault: drift, for: 288m}
  - {at: 0s, do: inject-fault, on: all, sensor: load, fault: dropout, parameters: {share: 0.2}}
"""


def command(folder: Path, name: str, text: str, *options: str) -> Path:
    """Make a data set as people do; answers its folder."""
    (folder / f"{name}.yaml").write_text(text)
    out = folder / name
    made = [sys.executable, "-m", "api.cli", "dataset", str(folder / f"{name}.yaml"), "--out", str(out), "-q", *options]
    subprocess.run(made, check=True, timeout=500)
    return out


def table(root: Path, what: str, device: str) -> pd.DataFrame:
    (part,) = (root / what).glob(f"site=*/device={device}/part-0.parquet")
    return pq.ParquetFile(part).read().to_pandas()


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.ParquetFile(path).read().to_pylist()
    return found


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return command(tmp_path_factory.mktemp("lives"), "lives", LIVES, "--split", "60/10/30")


def test_remaining_life_goes_down_second_by_second_and_ends_with_health(lives: Path) -> None:
    card = json.loads((lives / "card.json").read_text())
    end_ns = parse_instant(card["end"])
    failed = 0
    for outcome in rows(lives / "outcomes/units.parquet"):
        truth = table(lives, "truth", outcome["device"])
        time_ns = truth["time"].astype("int64").to_numpy()
        rul, health = truth["rul_true_s"].to_numpy(), truth["health"].to_numpy()
        dead = (truth["state"] == "failed").to_numpy()
        # a life ends with a failure; what comes after belongs to the next one
        life = np.cumsum(np.concatenate([[0], dead[:-1]]))
        same = np.diff(life) == 0
        assert np.allclose(np.diff(rul)[same], -np.diff(time_ns)[same] / 1e9, atol=1e-6)
        assert dead.sum() == outcome["failures"] == len(set(life[dead].tolist()))
        assert (rul[dead] == 0).all()
        assert (health[dead] == 0).all()
        assert (rul[~dead] > 0).all()
        censored = truth["censored"].to_numpy()
        assert (censored == (life == dead.sum())).all()
        assert np.allclose(rul[censored], (end_ns - time_ns[censored]) / 1e9)
        assert (truth["fails_by"].isna() == censored).all()
        if outcome["site"] == "a":
            assert (np.diff(health) <= 0).all()
            assert outcome["failures"] <= 1
            if outcome["failures"]:
                assert dead[-1]
                assert truth["fails_by"].iloc[0] == outcome["fails_by"]
                failed += 1
        elif outcome["device"].startswith("young"):
            assert censored.all()
    assert failed >= 3
    assert any(outcome["failures"] > 1 for outcome in rows(lives / "outcomes/units.parquet"))


def test_the_test_is_cut_before_its_units_fail_and_the_rest_is_sealed(lives: Path) -> None:
    units = {row["device"]: row for row in rows(lives / "metadata/units.parquet")}
    test = {device for device, row in units.items() if row["split"] == "test"}
    assert {row["device"] for row in rows(lives / "outcomes/units.parquet")} == set(units) - test
    for what in ("truth", "events"):
        shown = {path.name.removeprefix("device=") for path in (lives / what).rglob("device=*")}
        assert not shown & test
    answers = {row["device"]: row for row in rows(lives / "sealed/rul.parquet")}
    assert answers.keys() == test
    for device, answer in answers.items():
        seen, hidden = table(lives, "telemetry", device), table(lives / "sealed", "telemetry", device)
        truth = table(lives / "sealed", "truth", device)
        cut = answer["cut"].value
        assert seen["time"].astype("int64").max() < cut <= hidden["time"].astype("int64").min()
        assert seen["sequence"].tolist() + hidden["sequence"].tolist() == truth["sequence"].tolist()
        first = truth[truth["time"].astype("int64") >= cut].iloc[0]
        between = (first["time"].value - cut) / 1e9
        assert answer["rul_s"] == pytest.approx(first["rul_true_s"] + between)
        assert answer["censored"] == first["censored"]
    for line in (lives / "sealed.sha256").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((lives / name).read_bytes()).hexdigest() == digest
        assert name.startswith("sealed/")
    assert len((lives / "sealed.sha256").read_text().splitlines()) == len(
        [path for path in (lives / "sealed").rglob("*") if path.is_file()]
    )


def test_every_site_has_a_share_of_every_split(lives: Path) -> None:
    card = json.loads((lives / "card.json").read_text())
    assert card["sites"] == {
        "a": {"units": 12, "train": 7, "validation": 1, "test": 4},
        "b": {"units": 8, "train": 5, "validation": 1, "test": 2},
    }
    assert card["splits"]["by_unit"] == {"train": 12, "validation": 2, "test": 6}
    assert card["splits"]["by_time"]["train_until"].startswith("2026-01-08T04:48:00")


def test_nothing_that_only_truth_knows_stands_in_what_a_monitor_may_see(lives: Path) -> None:
    truth = {field.name for field in pq.read_schema(next((lives / "truth").rglob("*.parquet")))}
    for part in (lives / "telemetry").rglob("*.parquet"):
        schema = pq.read_schema(part)
        assert {field.name for field in schema} & truth == {"sequence", "time"}
        for metadata in (schema.metadata or {}).values():
            assert b"fail" not in metadata
    known = {field.name for field in pq.read_schema(lives / "metadata/units.parquet")}
    assert known == {"device", "site", "group", "kind", "model", "setup", "labels", "interval_s", "split"}
    # a test unit's file must not tell by its length how long the unit lives: the cut lies at a share drawn by lot
    shares = []
    for answer in rows(lives / "sealed/rul.parquet"):
        shown = table(lives, "telemetry", answer["device"])["time"].astype("int64")
        shares.append((answer["cut"].value - shown.min()) / (answer["cut"].value + answer["rul_s"] * 1e9 - shown.min()))
    assert max(shares) - min(shares) > 0.1
    assert all(0.35 < share < 0.96 for share in shares)


def test_the_card_counts_what_is_there(lives: Path) -> None:
    card = json.loads((lives / "card.json").read_text())
    outcomes = rows(lives / "outcomes/units.parquet")
    balance = card["balance"]
    assert balance["units"] == len(outcomes)
    assert sum(balance["failures"].values()) == sum(row["failures"] for row in outcomes)
    frames = positive = 0
    for row in outcomes:
        truth = table(lives, "truth", row["device"])
        frames += len(truth)
        positive += int((~truth["censored"] & (truth["rul_true_s"] <= 3 * 86_400)).sum())
    assert balance["frames"] == frames
    assert balance["positive_share"]["3d"] == pytest.approx(positive / frames, abs=1e-6)
    for name, digest in card["files"].items():
        assert hashlib.sha256((lives / name).read_bytes()).hexdigest() == digest
    assert "| a | 12 | 7 | 1 | 4 |" in (lives / "CARD.md").read_text()


@pytest.fixture(scope="module")
def honest_and_lying(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lying")
    split = ("--split", "98/0/2")
    return command(folder, "honest", LYING, *split), command(folder, "lying", LYING + FAULTS, *split)


def test_as_many_readings_are_faulty_as_was_asked_for(honest_and_lying: tuple[Path, Path]) -> None:
    _, lying = honest_and_lying
    shares: dict[str, list[float]] = {"temperature": [], "power": [], "load": []}
    for row in rows(lying / "outcomes/units.parquet"):
        truth, said = table(lying, "truth", row["device"]), table(lying, "telemetry", row["device"])
        # faults begin with the second day
        later = (truth["time"].astype("int64") - truth["time"].astype("int64").iloc[0] >= 86_400 * 10**9).to_numpy()
        days = int(later.sum()) // 1440
        whole = np.flatnonzero(later)[: days * 1440]
        shares["temperature"].append(float(truth["sensor_fault_temperature"].notna().to_numpy()[whole].mean()))
        shares["power"].append(float(truth["sensor_fault_power"].notna().to_numpy()[whole].mean()))
        shares["load"].append(float(said["load"].isna().to_numpy()[whole].mean()))
    for sensor, found in shares.items():
        assert np.mean(found) == pytest.approx(SHARE, rel=0.1), sensor


def test_a_stuck_sensor_says_one_thing_only(honest_and_lying: tuple[Path, Path]) -> None:
    _, lying = honest_and_lying
    stretches = 0
    for row in rows(lying / "outcomes/units.parquet"):
        truth, said = table(lying, "truth", row["device"]), table(lying, "telemetry", row["device"])
        stuck = (truth["sensor_fault_temperature"] == "stuck").to_numpy()
        number = np.cumsum(np.diff(stuck, prepend=False) & stuck)
        for each in range(1, int(number.max()) + 1):
            values = said["temperature"].to_numpy()[stuck & (number == each)]
            assert len(values) > 10
            assert np.ptp(values) == 0
            stretches += 1
        assert said["temperature"].to_numpy()[~stuck].std() > 0.5
    assert stretches >= 30


def test_lying_sensors_move_neither_health_nor_remaining_life(honest_and_lying: tuple[Path, Path]) -> None:
    honest, lying = honest_and_lying
    differing = 0
    for row in rows(honest / "outcomes/units.parquet"):
        one, other = table(honest, "truth", row["device"]), table(lying, "truth", row["device"])
        for name in one.columns:
            if not name.startswith("sensor_fault_"):
                pd.testing.assert_series_equal(one[name], other[name], check_exact=True)
        said = [table(root, "telemetry", row["device"])["temperature"] for root in (honest, lying)]
        differing += int((said[0] != said[1]).sum())
    assert differing > 1000
