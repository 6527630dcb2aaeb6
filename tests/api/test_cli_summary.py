"""The summary of a run, for people and as a file."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from api.summary import SummaryFile, figure, read_summary, text
from schemas.problems import InvalidInput


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "scenario": "default",
        "seed": 7,
        "pace": "max",
        "devices": 1_200,
        "frames": 4_000,
        "readings": 24_000,
        "simulated_s": 600.0,
        "real_s": 2.0,
        "lag_ms": {"p50": 0.1, "p99": 1.25, "max": 3.0},
        "sinks": {
            "out": {"accepted": 4_000, "acked": 3_989, "queued": 0, "dropped": {"oldest": 10, "shed": 0}, "rejected": 1}
        },
        "dead_letters": {},
        "restarts": 0,
        "given_up": 0,
        "zombies": 0,
        "digest": "abc123",
        "repeatable": True,
        "reasons": (),
        **changes,
    }


def test_a_person_reads_speed_lag_books_and_digest() -> None:
    assert text(summary()).splitlines() == [
        "default, seed 7: 10 min 00 s simulated in 2 s, 300 times real time",
        "  1,200 devices, 4,000 frames, 24,000 readings, 12,000 readings/s",
        "  lag p50 0.1 ms, p99 1.25 ms, largest 3 ms",
        "  sink out: 4,000 accepted, 3,989 acked, 1 rejected, 10 dropped (oldest)",
        "  digest abc123",
    ]


def test_what_may_be_there_twice_is_told() -> None:
    books = {"accepted": 40, "acked": 40, "queued": 0, "dropped": {}, "rejected": 0, "resent": 1_200}
    assert "  sink out: 40 accepted, 40 acked, 1,200 sent again" in text(summary(sinks={"out": books})).splitlines()


def test_trouble_is_told_and_its_absence_is_not() -> None:
    lines = text(summary(restarts=2, zombies=1, dead_letters={"unknown": 1, "dead": 4})).splitlines()
    assert "  2 restarts, 1 actor abandoned, 1 dead letter (unknown), 4 dead letters (dead)" in lines


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.0, "0"), (0.97639, "0.976"), (12.34, "12.3"), (123.4, "123"), (95_980.1, "96,000"), (0.00123, "0.00123")],
)
def test_a_figure_has_three_digits_and_no_exponent(number: float, shown: str) -> None:
    assert figure(number) == shown


def test_why_a_run_is_not_repeatable_is_told() -> None:
    lines = text(summary(repeatable=False, reasons=("skipped 3 s", "a command from outside"))).splitlines()
    assert lines[-1] == "  not repeatable: skipped 3 s; a command from outside"


def test_a_run_of_no_real_time_divides_by_nothing() -> None:
    assert "0 s simulated in 0 s\n" in text(summary(real_s=0.0, simulated_s=0.0))


def test_the_file_is_whole_and_readable_for_others(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    SummaryFile(str(path)).write(summary())
    assert json.loads(path.read_text())["digest"] == "abc123"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        SummaryFile(str(path)).write({"digest": object()})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        SummaryFile(str(pipe)).write({"digest": "abc"})
        assert json.loads(os.read(reader, 4096)) == {"digest": "abc"}
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(("name", "found"), [("", "a folder"), ("no/such/run.json", "no folder")])
def test_a_place_that_cannot_be_written_is_known_before_the_run(tmp_path: Path, name: str, found: str) -> None:
    with pytest.raises(InvalidInput, match=found):
        SummaryFile(str(tmp_path / name))


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"digest": 3}'])
def test_what_is_no_summary_is_refused_by_name(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "earlier.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match=r"earlier\.json"):
        read_summary(str(path))
