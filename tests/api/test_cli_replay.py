"""Comparing runs: what is said when they agree and when they do not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from api.exit_codes import ExitCode
from api.replay import Replay, RunFailed, compare, compare_with
from schemas.problems import InvalidInput

SCENARIO = "version: 1\nname: two\nfleet:\n- {kind: raspberry-pi, count: 2}\nsinks:\n- {kind: memory}\n"


def summary(digest: str, **changes: Any) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "scenario": "two",
        "seed": 1,
        "devices": 2,
        "frames": 20,
        "readings": 120,
        "started_ns": 1_000_000_000,
        "ended_ns": 11_000_000_000,
        "simulated_s": 10.0,
        "digest": digest,
        "digests": {"pi-0001": digest, "pi-0002": "same"},
        "repeatable": True,
        "reasons": [],
        **changes,
    }


class Runs:
    """Stands in for the processes: gives prepared summaries and keeps what was run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *results: Mapping[str, Any]) -> None:
        self.replays: list[Replay] = []
        left = list(results)

        def run(replay: Replay) -> Mapping[str, Any]:
            self.replays.append(replay)
            return left.pop(0)

        monkeypatch.setattr(Replay, "run", run)


def test_two_equal_runs_are_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(monkeypatch, summary("abc"), summary("abc"))
    assert compare(Replay.of_text(SCENARIO, "two", ["duration=10s"], "auto")) == ExitCode.OK
    assert capsys.readouterr().out == ("the same: digest abc\n  2 devices, 20 frames, 120 readings, 10 s simulated\n")
    assert len(runs.replays) == 2


def test_two_different_runs_name_the_devices_that_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Runs(monkeypatch, summary("abc"), summary("xyz", frames=19, repeatable=False, reasons=["skipped 3 s"]))
    assert compare(Replay.of_text(SCENARIO, "two", ["duration=10s"], "auto")) == ExitCode.DIFFERS
    assert capsys.readouterr().out.splitlines() == [
        "different:",
        "  the first run: digest abc, 20 frames, 120 readings",
        "  the second run: digest xyz, 19 frames, 120 readings",
        "  the second run is not repeatable: skipped 3 s",
        "  devices that differ: pi-0001",
    ]


def test_equal_devices_with_another_history_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Runs(monkeypatch, summary("abc", digests={"a": "1"}), summary("xyz", digests={"a": "1"}))
    compare(Replay.of_text(SCENARIO, "two", ["duration=10s"], "auto"))
    assert "every device is the same; the history differs" in capsys.readouterr().out


def test_a_replay_has_an_end_and_a_start_of_its_own() -> None:
    replay = Replay.of_text(SCENARIO + "start: now\n", "two", [], "auto")
    assert replay.overrides[-1] == "duration=10m"
    assert replay.overrides[-2].startswith("start=2")
    again = Replay.of_text(replay.text, replay.source, replay.overrides, "auto")
    assert again.overrides[: len(replay.overrides)] == replay.overrides


def test_an_end_that_the_scenario_has_is_kept() -> None:
    assert not [w for w in Replay.of_text(SCENARIO, "two", ["duration=3s"], "auto").overrides if w == "duration=10m"]


def test_an_earlier_summary_is_enough_to_run_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs = Runs(monkeypatch, summary("abc"))
    document = {
        "version": 1,
        "name": "two",
        "fleet": [{"kind": "raspberry-pi"}],
        "sinks": [{"kind": "memory"}],
        "seed": 5,
    }
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(summary("abc", document=document)))
    assert compare_with(str(path), None, [], "compiled") == ExitCode.OK
    (replay,) = runs.replays
    assert json.loads(replay.text) == document
    assert "duration=10000000000ns" in replay.overrides
    assert replay.kernels == "compiled"
    assert "the same" in capsys.readouterr().out


def test_an_earlier_summary_without_its_scenario_asks_for_one(tmp_path: Path) -> None:
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(summary("abc")))
    with pytest.raises(InvalidInput, match="Name the scenario"):
        compare_with(str(path), None, [], "auto")


def test_a_run_that_fails_ends_the_comparison() -> None:
    broken = Replay("version: 2\n", "broken", (), "auto")
    with pytest.raises(RunFailed, match="exit code 2") as failure:
        broken.run()
    assert failure.value.code == ExitCode.BAD_INPUT
