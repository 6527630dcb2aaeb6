"""The main job from the command line, in processes of its own: frames, summary, signals, exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

SCENARIO = """\
version: 1
name: small
seed: 11
fleet:
  - {name: pi, kind: raspberry-pi, count: 3}
  - {name: cpu, kind: cpu, count: 2}
sinks:
  - kind: file
    truth: true
    options: {path: frames.jsonl, mode: replace}
"""

PROGRAM = (sys.executable, "-P", "-m", "api.cli")
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [*PROGRAM, "run", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def summary_of(folder: Path, name: str = "run.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


BOUNDED = ("run", "small.yaml", "--duration", "20s", "--pace", "max")


def test_a_bounded_run_writes_frames_truth_and_a_summary_whose_books_hold(folder: Path) -> None:
    done = call(folder, *BOUNDED, "--summary", "run.json")
    assert done.returncode == 0, done.stderr
    summary = summary_of(folder)
    lines = (folder / "frames.jsonl").read_text().splitlines()
    assert summary["frames"] == len(lines) == len((folder / "frames.truth.jsonl").read_text().splitlines())
    assert summary["readings"] == sum(len(json.loads(line)["units"]) for line in lines)
    books = summary["sinks"]["file"]
    assert books["accepted"] == books["acked"] == len(lines)
    assert (books["queued"], books["rejected"], sum(books["dropped"].values())) == (0, 0, 0)
    assert (summary["simulated_s"], summary["devices"], summary["seed"]) == (20.0, 5, 11)
    assert (summary["repeatable"], summary["reasons"], summary["ended"]) == (True, [], "duration")
    assert "digests" not in summary
    assert f"digest {summary['digest']}" in done.stderr
    assert done.stdout == ""


def test_the_summary_holds_the_scenario_as_it_was_run(folder: Path) -> None:
    call(folder, *BOUNDED, "--summary", "run.json", "--set", "seed=12", "--quiet")
    (folder / "again.yaml").write_text(json.dumps(summary_of(folder)["document"]), encoding="utf-8")
    call(folder, "run", "again.yaml", "--summary", "again.json", "--quiet")
    assert summary_of(folder, "again.json")["digest"] == summary_of(folder)["digest"]


def test_without_sinks_nothing_is_written_and_the_digest_is_the_same(folder: Path) -> None:
    call(folder, *BOUNDED, "--summary", "with.json", "--quiet")
    (folder / "frames.jsonl").unlink()
    call(folder, *BOUNDED, "--summary", "without.json", "--no-sinks", "--digests", "--quiet")
    assert not (folder / "frames.jsonl").exists()
    assert summary_of(folder, "with.json")["digest"] == summary_of(folder, "without.json")["digest"]
    assert set(summary_of(folder, "without.json")["digests"]) == {
        "pi-0001",
        "pi-0002",
        "pi-0003",
        "cpu-0001",
        "cpu-0002",
    }


def test_quiet_says_nothing(folder: Path) -> None:
    done = call(folder, *BOUNDED, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_log_lines_are_json_when_asked(folder: Path) -> None:
    done = call(folder, *BOUNDED, "--log", "json", "--log-level", "debug", "--quiet")
    assert done.returncode == 0
    assert all(isinstance(json.loads(line), dict) for line in done.stderr.splitlines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_in_order_and_loses_nothing(folder: Path, number: signal.Signals) -> None:
    console = ("--set", "sinks=[{kind: console}]")
    with start(folder, "small.yaml", "--pace", "1", "--summary", "run.json", *console) as process:
        first = out(process).readline()
        process.send_signal(number)
        rest, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    frames = [line.split()[1:3] for line in [first, *rest.splitlines()]]
    assert summary_of(folder)["frames"] == len(frames)
    assert summary_of(folder)["ended"] == "stopped"
    for device in {device for device, _ in frames}:
        numbers = [number for owner, number in frames if owner == device]
        assert numbers == [f"seq={n}" for n in range(len(numbers))]
    assert "Stopping in order" in said


def test_a_second_interrupt_forces_the_end(folder: Path) -> None:
    many = ("--set", "sinks=[{kind: console}]", "--set", "fleet[0].count=500", "--pace", "max", "--duration", "1d")
    with start(folder, "small.yaml", "--summary", "run.json", *many) as process:
        out(process).readline()
        # nobody reads on, so the console cannot finish and the orderly end has to wait
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "Stopping in order" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert not (folder / "run.json").exists()


def test_a_reader_that_goes_away_ends_the_run(folder: Path) -> None:
    with start(folder, "small.yaml", "--pace", "max", "--set", "sinks=[{kind: console}]", "--quiet") as process:
        out(process).readline()
        out(process).close()
        assert process.wait(timeout=60) == 0


def test_falling_behind_with_lag_fail_is_a_failed_run(folder: Path) -> None:
    done = call(
        folder, "run", "small.yaml", "--pace", "1000000", "--set", "lag=fail", "--duration", "30d", "--no-sinks"
    )
    assert done.returncode == 4
    assert "the run failed: " in done.stderr


def test_verify_says_the_same_for_equal_runs_and_names_what_differs(folder: Path) -> None:
    short = ("small.yaml", "--duration", "30s")
    done = call(folder, "verify", *short)
    assert (done.returncode, done.stdout.splitlines()[0][:16]) == (0, "the same: digest"), done.stderr
    assert os.listdir(folder) == ["small.yaml"]


def test_verify_against_an_earlier_run(folder: Path) -> None:
    call(folder, *BOUNDED, "--summary", "run.json", "--digests", "--quiet")
    assert call(folder, "verify", "--against", "run.json").returncode == 0
    other = call(folder, "verify", "small.yaml", "--against", "run.json", "--set", "fleet[1].profile=batch")
    assert other.returncode == 1
    assert "devices that differ: cpu-0001, cpu-0002\n" in other.stdout
