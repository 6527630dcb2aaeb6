"""Bad input: the exact place, what was found and what is allowed; exit code 2; nothing half-started."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main

GOOD = """\
version: 1
name: good
duration: 5s
pace: max
fleet:
  - name: pi
    kind: raspberry-pi
    count: 2
sinks:
  - kind: file
    options: {path: frames.jsonl}
"""


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("kind: raspberry-pi", "kind: raspbery-pi", ["fleet[0].kind", "raspbery-pi", "Did you mean 'raspberry-pi'?"]),
        ("count: 2", "interval: 5 parsecs", ["fleet[0].interval", "parsecs"]),
        ("count: 2", "interval: -5s", ["fleet[0].interval", "-5s"]),
        ("count: 2", "count: 10000000", ["10", "000", "devices"]),
        ("version: 1", "version: 1\nversion: 1", ["version"]),
        ("fleet:", "fleet: [", ["good.yaml"]),
        ("frames.jsonl", "/no/such/folder/frames.jsonl", ["sinks[0].options.path", "/no/such/folder"]),
        ("kind: file", "kind: flie", ["sinks[0].kind", "Did you mean 'file'?"]),
        ("options: {path: frames.jsonl}", "options: {}", ["sinks[0].options.path"]),
        ("pace: max", "pace: fast", ["pace", "fast"]),
    ],
)
def test_a_wrong_scenario_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, was: str, becomes: str, said: list[str]
) -> None:
    assert was in GOOD
    (folder / "good.yaml").write_text(GOOD.replace(was, becomes, 1), encoding="utf-8")
    assert call(command, "good.yaml") == 2
    shown = capsys.readouterr()
    assert not [word for word in said if word not in shown.err], shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert [path.name for path in folder.iterdir()] == ["good.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "defualt"], "Did you mean 'default'?"),
        (["run", "missing.yaml"], "missing.yaml"),
        (["run", "./"], "./"),
        (["run", "binary.yaml"], "UTF-8"),
        (["run", "--set", "fleet.pi"], "fleet.pi"),
        (["run", "--set", "fleet[99].count=1"], "fleet[99]"),
        (["run", "--duration", "1 fortnight"], "duration"),
        (["run", "--seed", "-1"], "seed"),
        (["run", "--pace", "0"], "pace"),
        (["run", "--duration", "1s", "--summary", "no/such/run.json"], "no/such"),
        (["verify", "--against", "missing.json"], "missing.json"),
        (["kinds", "sinsk"], "Did you mean 'sinks'?"),
    ],
)
def test_a_wrong_argument_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (folder / "binary.yaml").write_bytes(b"version: \xff\xfe")
    assert call(*arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert [path.name for path in folder.iterdir()] == ["binary.yaml"]


def test_options_win_over_set_and_set_over_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good.yaml").write_text(GOOD, encoding="utf-8")
    arguments = ["--set", "fleet[0].count=7", "--set", "seed=3", "--seed", "4", "--duration", "1m", "--pace", "2"]
    assert call("check", "good.yaml", "--json", *arguments) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["devices"], plan["seed"], plan["duration"], plan["pace"]) == (7, 4, "1m", 2.0)


def test_check_tells_devices_rates_memory_and_starts_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good.yaml").write_text(GOOD, encoding="utf-8")
    assert call("check", "good.yaml") == 0
    shown = capsys.readouterr().out
    for said in ("good.yaml is valid", "pi: 2 x raspberry-pi", "sink file", "2 devices", "12.0 readings/s", "MB"):
        assert said in shown
    assert [path.name for path in folder.iterdir()] == ["good.yaml"]


def test_a_scenario_comes_in_by_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert call("check", "-", "--json") == 0
    assert json.loads(capsys.readouterr().out)["scenario"] == "good"


@pytest.mark.parametrize(("data", "said"), [(b"version: \xff", "UTF-8"), (b"#" * 300_000, "bytes")])
def test_standard_input_is_held_to_the_limits_of_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert call("check", "-") == 2
    assert said in capsys.readouterr().err


def test_every_embedded_scenario_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    import scenarios

    for name in scenarios.names():
        assert call("check", name) == 0, capsys.readouterr().err


def test_the_schema_knows_the_installed_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schema") == 0
    whole = capsys.readouterr().out
    assert call("schema", "--plain") == 0
    plain = capsys.readouterr().out
    assert "raspberry-pi" in whole
    assert json.loads(whole)["$schema"] == json.loads(plain)["$schema"]
    assert plain != whole


FAMILIES = ["devices", "sensors", "modes", "faults", "links", "causes", "sinks", "formats", "chaos"]


@pytest.mark.parametrize("family", FAMILIES)
def test_kinds_lists_every_family(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = {
        "devices": "raspberry-pi",
        "sensors": "temperature",
        "modes": "fan-bearing",
        "faults": "stuck",
        "sinks": "file",
        "formats": "json",
        "links": "clock-jump",
        "causes": "power-sag",
        "chaos": "latency",
    }
    assert call("kinds", family, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(found) == [family]
    assert words[family] in found[family]
    assert not [facts["broken"] for facts in found[family].values() if "broken" in facts]
    assert call("kinds", family) == 0
    assert f"  {words[family]}\n" in capsys.readouterr().out


def test_kinds_without_a_family_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("kinds", "--json") == 0
    families: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(families) == FAMILIES
    assert all(families.values())


def test_kinds_shows_what_a_device_may_be_and_may_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("kinds", "devices", "--json") == 0
    pi = json.loads(capsys.readouterr().out)["devices"]["raspberry-pi"]
    assert set(pi["models"]) == {"3b+", "4", "5"}
    assert set(pi["sensors"]) == {"temperature", "power", "load", "voltage", "fan", "clock"}
    assert "room_temperature_c" in pi["settable"]
