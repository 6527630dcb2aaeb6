"""What a trial keeps, and the report drawn from it: faults, the alerts that noticed them, what was missed."""

import json
from pathlib import Path

import pytest

from api.cli import main
from api.report.lines import read
from api.report.of_run import report_of

SCENARIO = """
version: 1
name: lies
seed: 3
pace: max
duration: 20m
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 6}
sinks: [{kind: "null"}]
timeline:
  - {name: frozen, at: 5m, do: inject-fault, on: {ids: [pi-0002]}, sensor: temperature, fault: stuck, for: 5m}
  - {name: mute, at: 5m, do: inject-fault, on: {ids: [pi-0005]}, sensor: power, fault: dropout, for: 5m,
     parameters: {share: 0.5, mean_length: 4}}
expectations:
  twin: never
  monitor: {recall: 1, precision: 1}
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    (folder / "lies.yaml").write_text(SCENARIO, encoding="utf-8")
    alerts = [
        {"time": "2026-01-01T00:06:00Z", "device": "pi-0005", "sensor": "power", "kind": "missing", "detail": "half"},
        {"time": "2026-01-01T00:15:00Z", "device": "pi-0001", "sensor": "fan", "kind": "fan", "detail": "of <air>"},
    ]
    (folder / "mine.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in alerts), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["test", str(folder / "lies.yaml"), "--alerts", str(folder / "mine.jsonl"), "--keep", str(folder / "out")])
    assert ended.value.code == 8
    return folder / "out" / "lies"


def test_a_trial_keeps_what_was_said_and_what_was_so(kept: Path) -> None:
    assert sorted(path.name for path in kept.iterdir()) == [
        "alerts.jsonl",
        "frames.jsonl",
        "frames.truth.jsonl",
        "verdict.json",
    ]
    assert len((kept / "alerts.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert len(json.loads((kept / "verdict.json").read_bytes())["scenarios"]) == 1


def test_the_report_begins_with_where_the_monitor_was_wrong(kept: Path) -> None:
    found = report_of(kept, [])
    tables = {table.title: table for table in found.tables}
    rows = {row[0]: row for row in tables["What had to be noticed"].rows}
    assert rows["frozen"][5] == "MISSED"
    assert rows["mute"][5:] == ("after 1m", "missing power: half")
    assert tables["What had to be noticed"].marks == ["bad", "good"]
    assert tables["False alarms"].rows == [["at 15m pi-0001: fan fan: of <air>"]]
    assert [(story.device, story.why) for story in found.stories[:2]] == [
        ("pi-0002", "the monitor missed stuck"),
        ("pi-0001", "the monitor gave a false alarm"),
    ]
    assert [(sensor, span.start_s, span.what) for sensor, span in found.stories[1].alerts] == [
        ("fan", 900.0, "fan of <air>")
    ]


def test_alerts_are_drawn_over_their_sensor_and_over_health(kept: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with pytest.raises(SystemExit) as ended:
        main(["report", str(kept), "--out", str(page), "--device", "pi-0001"])
    assert ended.value.code in (None, 0)
    text = page.read_text(encoding="utf-8")
    assert text.count('<rect class="alert"') == 2
    assert "fan of &lt;air&gt;" in text


def test_a_sensor_that_left_frames_keeps_its_place_in_time(kept: Path) -> None:
    told, _ = read(kept / "frames.jsonl")
    power = told["pi-0005"].said["power"]
    assert len(power) == len(told["pi-0005"].time_s)
    silent = [at for at, value in zip(told["pi-0005"].time_s, power, strict=True) if value != value]
    assert min(silent) >= 300
    assert max(silent) < 601


def test_a_second_trial_keeps_nothing_of_the_first(kept: Path) -> None:
    before = len((kept / "frames.jsonl").read_bytes())
    folder = kept.parent.parent
    with pytest.raises(SystemExit):
        main(["test", str(folder / "lies.yaml"), "--alerts", str(folder / "mine.jsonl"), "--keep", str(folder / "out")])
    assert len((kept / "frames.jsonl").read_bytes()) == before
