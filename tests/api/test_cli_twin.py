"""`data-simulator twin`, as people call it."""

import json
from pathlib import Path

import pytest

from api.cli import main
from api.exit_codes import ExitCode

SCENARIO = """
version: 1
name: two-ways
seed: 5
duration: 20m
fleet:
  - {name: cpu, kind: cpu, count: 2, interval: 10s, acceleration: 8000, wear: {fan-bearing: 0.6}}
timeline:
  - {at: 10m, name: lie, do: inject-fault, on: {ids: [cpu-0001]}, sensor: power, fault: bias, for: 3m}
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    return str(tmp_path / "s.yaml")


def test_two_futures_are_told_apart(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    main_ok(["twin", path, "--at", "5m", "--without", "lie", "--do", "{do: repair, on: {ids: [cpu-0002]}, mode: fan}",
             "--rul", "cpu-0002", "--horizon", "2d", "--json"])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    one, other = found["devices"]
    assert (one["device"], one["sensors"], one["frames"]) == ("cpu-0001", ["power"], 18)
    assert 600 <= one["first_s"] <= one["last_s"] < 780
    assert other["first_s"] >= 300
    assert "fan" in other["sensors"]
    first, second = found["exact_rul_s"]["cpu-0002"].values()
    assert first < second


def test_people_get_lines(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    main_ok(["twin", path, "--at", "5m", "--without", "lie"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("two-ways, seed 5: one past to 5 min")
    assert "1 of 2 devices differ" in lines[1]
    assert "cpu-0001: 18 frames" in lines[2]


def main_ok(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--at", "5 minutes"], "--at"),
        (["--at", "30m"], "before the end"),
        (["--do", "repair"], "--do"),
        (["--do", "{do: repare, on: all}"], "Did you mean 'repair'"),
        (["--without", "lye"], "lie"),
        (["--rul", "cpu-9"], "cpu-0001, cpu-0002"),
    ],
)
def test_what_is_wrong_is_said(path: str, wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["twin", path, *(["--at", "5m"] if "--at" not in wrong else []), *wrong])
    assert ended.value.code == ExitCode.BAD_INPUT
    assert said in capsys.readouterr().err
