"""A data set of devices that fail on symptoms: the laws of remaining life hold, and every way to it says the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from actors.branch import checkpoint, exact_rul_s, past
from schemas.scenario.instants import parse_instant
from tests.actors.dataset.dataset_cases import EVENTFUL, load, make, plan_of, tree

# whole data sets are made here: quick on free cores, slow on busy ones
pytestmark = pytest.mark.timeout(900)

TEXT = """
version: 1
name: symptoms
seed: 23
duration: 6d
fleet:
  - {name: pi, kind: raspberry-pi, model: "5", setup: active-cooler, profile: edge, count: 8, interval: 2m,
     acceleration: 900, fail_on_symptom: true,
     wear: {fan-bearing: [0, 0.6], dust: [0, 0.5], psu-electrolytics: [0, 0.3]}}
  - {name: bare, kind: raspberry-pi, model: "4", setup: open, profile: batch, count: 6, interval: 2m,
     room_temperature_c: 27, acceleration: 900, fail_on_symptom: true,
     modes: [dust, psu-electrolytics, solder-fatigue]}
  - {name: cpu, kind: cpu, model: 125w, profile: batch, count: 6, interval: 2m, acceleration: 1500,
     fail_on_symptom: true}
"""


def table(root: Path, what: str, device: str) -> Any:
    (part,) = (root / what).glob(f"site=*/device={device}/part-0.parquet")
    return pq.ParquetFile(part).read().to_pandas()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("symptoms") / "set"
    make(plan_of(TEXT), root, processes=2)
    return root


def test_life_goes_down_second_by_second_and_ends_when_the_symptom_is_there(made: Path) -> None:
    end_ns = parse_instant(json.loads((made / "card.json").read_text())["end"])
    by_symptom = 0
    causes = set()
    for outcome in pq.ParquetFile(made / "outcomes/units.parquet").read().to_pylist():
        truth = table(made, "truth", outcome["device"])
        time_ns = truth["time"].astype("int64").to_numpy()
        rul, health = truth["rul_true_s"].to_numpy(), truth["health"].to_numpy()
        dead = (truth["state"] == "failed").to_numpy()
        assert outcome["fail_on_symptom"]
        assert dead.sum() == outcome["failures"] <= 1
        assert np.allclose(np.diff(rul), -np.diff(time_ns) / 1e9, atol=1e-6)
        assert (np.diff(health) <= 0).all()
        assert ((health == 0) == dead).all()
        assert ((rul == 0) == dead).all()
        assert (truth["censored"] == (not outcome["failures"])).all()
        states = truth[[name for name in truth.columns if name.startswith("event_state_") and "bti" not in name]]
        assert np.allclose(states.min(axis=1), health)
        if not outcome["failures"]:
            assert rul[-1] == pytest.approx((end_ns - time_ns[-1]) / 1e9)
            continue
        mode = outcome["fails_by"].replace("-", "_")
        causes.add(mode)
        assert truth[f"event_state_{mode}"].iloc[-1] == 0
        by_symptom += truth[f"damage_{mode}"].iloc[-1] < 1
    assert by_symptom >= 5
    assert len(causes) >= 3


def test_what_is_told_live_is_what_can_be_known(made: Path) -> None:
    seen = 0
    for device in ("pi-0001", "pi-0002", "bare-0001", "cpu-0001"):
        found = list((made / "truth").glob(f"site=*/device={device}"))
        if found:
            truth = table(made, "truth", device)
            alive = (truth["state"] != "failed").to_numpy()
            assert truth["rul_s"].isna().to_numpy()[alive].all()
            seen += 1
    assert seen


def test_lives_lived_ahead_end_when_the_data_set_says(made: Path) -> None:
    chosen = load(TEXT)
    failed: dict[str, tuple[str, int]] = {}
    for outcome in pq.ParquetFile(made / "outcomes/units.parquet").read().to_pylist():
        if outcome["failures"]:
            failed.setdefault(outcome["device"].partition("-")[0], (outcome["device"], outcome["failed_at"].value))
    assert len(failed) == 3
    instant = chosen.start_ns + (min(at_ns for _, at_ns in failed.values()) - chosen.start_ns) // 2
    simulation = past(chosen, instant)
    try:
        taken = checkpoint(simulation)
    finally:
        simulation.close()
    for device, failed_ns in failed.values():
        found = exact_rul_s(chosen, taken, device, 6 * 86_400.0)
        assert found is not None
        assert 0 <= (failed_ns - instant) / 1e9 - found <= 180, "a minute of wear, then the next frame"
        assert exact_rul_s(chosen, taken, device, found / 2) is None


def test_devices_lived_alone_and_by_actors_fail_alike(tmp_path: Path) -> None:
    text = EVENTFUL
    for group in ("name: pi5,", "name: c,", "name: o,"):
        text = text.replace(group, f"{group} fail_on_symptom: true,")
    chosen = plan_of(text)
    alone = make(chosen, tmp_path / "alone").card
    assert make(chosen, tmp_path / "two", processes=2).card == alone
    assert make(chosen, tmp_path / "actors", by_actors=True).card == alone
    assert tree(tmp_path / "alone") == tree(tmp_path / "actors") == tree(tmp_path / "two")
    assert alone["digest"] != make(plan_of(EVENTFUL), tmp_path / "off").card["digest"]
    assert "fail_on_symptom" in "".join(alone["caveats"])


def test_a_body_that_fails_while_nobody_gets_a_sample_out_of_it_is_found_failed_in_the_next_frame(
    made: Path, tmp_path: Path
) -> None:
    """A contact is open, the rail falls for good meanwhile: the frame before knows nothing of it."""
    device = "bare-0006"
    text = TEXT[: TEXT.index("  - {name: pi,")] + TEXT[TEXT.index("  - {name: bare,") : TEXT.index("  - {name: cpu,")]
    make(plan_of(text), tmp_path / "set", by_actors=True)
    (part,) = (tmp_path / "set").rglob(f"truth/site=*/device={device}/part-0.parquet")
    (same,) = made.rglob(f"truth/site=*/device={device}/part-0.parquet")
    columns = ["time", "state", "health", "rul_true_s", "fails_by"]
    alone, by_actors = (pq.ParquetFile(one).read(columns=columns).to_pylist() for one in (same, part))
    assert alone == by_actors, "the frame before the failure"
    assert alone[-1]["fails_by"] == "psu-electrolytics"
