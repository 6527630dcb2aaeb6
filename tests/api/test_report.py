"""Reports: what is on the page is what was in the files; nothing has to be fetched."""

import gzip
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from api.cli import main
from api.report.charts import clock, ticks, time_step
from api.report.of_dataset import report_of
from api.report.page import _most_life_s
from api.report.telling import Known, by_slice, pick, silences, stretches
from api.reporting import write
from schemas.problems import InvalidInput

RUN = """
version: 1
name: two-hours
description: One <fan> fails.
seed: 3
pace: max
duration: 2h
fleet:
  - {name: pi, kind: raspberry-pi, model: "5", setup: active-cooler, profile: edge, count: 3, interval: 20s}
  - {name: cpu, kind: cpu, count: 2, interval: 20s}
sinks:
  - {kind: file, truth: true, options: {path: frames.jsonl}}
timeline:
  - {at: 20m, do: inject-fault, on: {ids: [pi-0002]}, sensor: temperature, fault: stuck, for: 30m}
  - {at: 70m, do: inject-wear, on: {ids: [pi-0001]}, mode: fan-bearing, damage: 1}
"""


def figures(page: str) -> dict[str, str]:
    """The figures at the top."""
    found = re.findall(r'<div class="fact"><b>(.*?)</b><span>(.*?)</span></div>', page)
    return {words: number for number, words in found}


def is_whole(page: str) -> bool:
    """One well-formed page that refers to nothing outside itself."""
    body = page.partition("</style>")[2].removesuffix("\n")
    ET.fromstring("<html><head>" + body)
    return not re.search(r"https?:|src=|href=|@import|url\(", page)


def ends(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "run.yaml").write_text(RUN)
    (folder / "out").mkdir()
    where = [f"--set=sinks[0].options.path={folder}/out/frames.jsonl", "--summary", str(folder / "out" / "run.json")]
    assert ends(["run", str(folder / "run.yaml"), "-q", *where]) == 0
    return folder / "out"


def test_a_run_is_told_from_its_summary_frames_and_truth(run: Path, tmp_path: Path) -> None:
    assert ends(["report", str(run), "--out", str(tmp_path / "run.html")]) == 0
    page = (tmp_path / "run.html").read_text()
    assert is_whole(page)
    summary = json.loads((run / "run.json").read_text())
    facts = figures(page)
    assert facts["devices"] == "5"
    assert facts["frames"] == f"{summary['frames']:,}"
    assert facts["failed"] == "1"
    assert facts["with a lying sensor"] == "1"
    assert "One &lt;fan&gt; fails." in page
    assert summary["digest"] in page
    assert "failed by fan-bearing" in page
    assert "its temperature sensor lied" in page
    # shaded for the half hour in which it was stuck, to one interval
    assert re.search(r"<title>stuck: 20m to 50(\.\d)?m</title>", page)
    # eight pictures for each device of a story, and the failures
    assert page.count("<section") == 3
    assert page.count('<svg class="chart"') == 3 * 8 + 1
    books = re.search(r"<h2>Books</h2>.*?</table>", page, re.S)
    assert books is not None
    assert f"<td>{summary['sinks']['file']['acked']:,}</td>" in books[0]


def test_devices_may_be_asked_for(run: Path, tmp_path: Path) -> None:
    write(str(run), str(tmp_path / "one.html"), ["cpu-0002"])
    page = (tmp_path / "one.html").read_text()
    assert page.count("<section") == 1
    assert "<h3>cpu-0002</h3>" in page
    with pytest.raises(InvalidInput, match="Did you mean 'cpu-0002'"):
        write(str(run), str(tmp_path / "none.html"), ["cpu-002"])
    assert not (tmp_path / "none.html").exists()


def test_frames_alone_are_enough_and_may_be_packed(run: Path, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "frames.jsonl.gz", "wb") as packed:
        packed.write((run / "frames.jsonl").read_bytes())
    write(str(tmp_path / "frames.jsonl.gz"), str(tmp_path / "page.html"), [])
    page = (tmp_path / "page.html").read_text()
    assert is_whole(page)
    assert figures(page)["devices"] == "5"
    assert "No summary was found" in page
    assert "what was true" in page
    assert 'class="clean"' not in page


def test_expectations_beside_a_run_are_shown(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    checks = [
        {"phase": "during", "name": "hot <enough>", "ok": True, "detail": "found 71 degC"},
        {"phase": "after", "name": "cool again", "ok": False, "detail": "still 70 degC"},
    ]
    verdict = {"scenario": "two-hours", "passed": False, "checks": checks, "monitor": {"recall": 0.5, "missed": []}}
    (folder / "trial.json").write_text(json.dumps({"version": 1, "passed": False, "scenarios": [verdict]}))
    write(str(folder), str(tmp_path / "page.html"), [])
    page = (tmp_path / "page.html").read_text()
    assert is_whole(page)
    assert "two-hours is not as expected" in page
    assert re.search(r'<tr class="good"><td class="text">hot &lt;enough&gt;', page)
    assert re.search(r'<tr class="bad"><td class="text">cool again', page)
    assert "monitor" in page


def test_a_data_set_is_told_without_what_is_sealed(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "version: 1\nname: small\nduration: 4d\nfleet:\n"
        "  - {kind: cpu, site: a, count: 8, interval: 5m, acceleration: 1000, wear: {dust: [0, 0.9]}}\n"
        "  - {kind: raspberry-pi, site: b, count: 3, interval: 5m}\n"
    )
    made = ["dataset", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "set"), "-q", "--split", "60/0/40"]
    assert ends([*made, "--processes", "1"]) == 0
    write(str(tmp_path / "set"), str(tmp_path / "page.html"), [])
    page = (tmp_path / "page.html").read_text()
    assert is_whole(page)
    card = json.loads((tmp_path / "set" / "card.json").read_text())
    assert figures(page)["units"] == "11"
    assert figures(page)[f"of {card['balance']['units']} open units failed"] == str(card["balance"]["failed_units"])
    told = set(re.findall(r'<text class="name"[^>]*>[✕◦ ]*([\w-]+)</text>', page))
    assert len(told) == card["balance"]["units"]
    shutil.rmtree(tmp_path / "set" / "sealed")
    write(str(tmp_path / "set"), str(tmp_path / "again.html"), [])
    assert (tmp_path / "again.html").read_text() == page


@pytest.mark.parametrize("what", ["nothing-there", "empty", "text.jsonl"])
def test_what_is_no_run_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.jsonl").write_text("no frame\n")
    assert ends(["report", str(tmp_path / what), "--out", str(tmp_path / "page.html")]) == 2
    assert not (tmp_path / "page.html").exists()


def test_silence_is_where_several_samples_are_missing() -> None:
    time_s = np.array([0.0, 10, 20, 70, 80, 90])
    spans = silences(time_s, 200.0, failed=True)
    assert [(span.start_s, span.end_s, span.what) for span in spans] == [(30, 70, "silent"), (90, 200, "failed")]
    assert silences(np.array([]), 5.0, failed=False)[0].end_s == 5.0
    assert silences(time_s[:3], 40.0, failed=False) == []


def test_a_stretch_ends_where_the_next_begins() -> None:
    spans = stretches(np.array([0.0, 1, 2, 3, 4]), ["a", "a", None, "b", "b"], 9.0, str.upper)
    assert [(span.start_s, span.end_s, span.what) for span in spans] == [(0, 2, "A"), (3, 5, "B")]


def test_means_by_slice_leave_silence_empty() -> None:
    time_s = np.arange(0.0, 240.0)
    means = by_slice(np.concatenate([time_s[:100], time_s[150:]]), np.ones(190), 240.0)
    assert np.isnan(means[105:150]).all()
    assert (means[:100] == 1).all()
    sparse = by_slice(np.arange(0.0, 240.0, 10.0), np.ones(24), 240.0)
    assert not np.isnan(sparse[:231]).any()


def test_axes_have_few_round_marks() -> None:
    assert ticks(0.0, 1.05) == pytest.approx([0, 0.5, 1.0])
    assert ticks(41.0, 59.0) == [45.0, 50.0, 55.0]
    assert ticks(3.0, 3.0) == [3.0]
    for length in (1.0, 45.0, 7200.0, 86_400.0 * 24, 86_400.0 * 400):
        assert 2 <= length / time_step(length) + 1 <= 8
    assert [clock(s) for s in (0, 45, 90, 5400, 86_400 * 4)] == ["0", "45s", "1.5m", "1.5h", "4d"]


def test_devices_with_a_story_are_told_of_first() -> None:
    def known(device: str, lowest: float, cause: str = "", faulty: tuple[str, ...] = ()) -> Known:
        return Known(device, cause, 9.0 if cause else None, faulty, np.array([1.0, np.nan, lowest]))

    fleet = [
        known("dead", 0.0, "dust"),
        known("fine", 0.99),
        known("liar", 1.0, faulty=("fan",)),
        known("low", 0.3),
        known("lower", 0.2),
        known("lowest", 0.1),
    ]
    assert pick(fleet, []) == [
        ("dead", "failed by dust"),
        ("liar", "its fan sensor lied"),
        ("lowest", "its health fell to 10%"),
        ("lower", "its health fell to 20%"),
        ("fine", "nothing happened to it"),
    ]
    assert pick([Known("mute", "", None, (), np.array([np.nan]))], []) == [("mute", "nothing happened to it")]


def test_a_long_life_is_shown_whole_and_a_short_one_large() -> None:
    assert _most_life_s([np.array([9e7, 6e7, np.nan])], 3600.0) == pytest.approx(9.45e7)
    assert _most_life_s([np.array([9e7, 600.0]), np.array([np.nan])], 3600.0) == 10_800
    assert _most_life_s([np.array([3000.0, 600.0])], 3600.0) == pytest.approx(3150)


ON_THE_WAY = """
version: 1
name: on-the-way
seed: 4
duration: 6h
fleet:
  - {name: lossy, kind: cpu, count: 1, interval: 30s, faults: [{sensor: link, fault: loss, parameters: {share: 0.2}}]}
  - {name: twice, kind: cpu, count: 1, interval: 30s, faults: [{sensor: link, fault: duplicate}]}
"""


def test_what_arrived_stands_beside_the_truth_of_the_same_frame(tmp_path: Path) -> None:
    (tmp_path / "way.yaml").write_text(ON_THE_WAY)
    made = ["dataset", str(tmp_path / "way.yaml"), "--out", str(tmp_path / "set"), "-q", "--split", "98/1/1"]
    assert ends([*made, "--processes", "1"]) == 0
    found = report_of(tmp_path / "set", ["lossy-0001", "twice-0001"])
    for story in found.stories:
        power = next(channel for channel in story.channels if channel.name == "power")
        assert power.clean is not None
        said, clean = np.array(power.said, float), np.array(power.clean, float)
        assert len(said) == len(clean) > 700
        assert bool(np.isnan(said).any()) == story.device.startswith("lossy")
        here = ~np.isnan(said)
        assert np.abs(said[here] - clean[here]).max() < 0.1 * clean.max()
