"""A report of a run: its summary, and the frames and truths that a file sink of it wrote."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from actors.summary import BESIDES
from api.progress import human_seconds
from api.report.judged import Alerts, alerts_of, monitor_tables, wrong_at
from api.report.lines import Told, holds_frames, numbers, read
from api.report.model import Channel, DeviceStory, Report, Span, Table
from api.report.telling import SLICES, SPEAKING, Known, by_slice, pick, rows_of, silences, stretches, worst_modes
from schemas.problems import InvalidInput, Problem, suggest

_JUDGED = "scenarios"
_WRONG = 3
"""Devices at which the monitor was wrong that are shown, at most."""


class Found(NamedTuple):
    """The files of a run."""

    frames: Path | None
    summary: Mapping[str, Any]
    verdicts: Sequence[Mapping[str, Any]]


def report_of(path: Path, devices: Sequence[str]) -> Report:
    """Read what a run left; `InvalidInput` when there is nothing of it."""
    found = _find(path)
    told: dict[str, Told] = {}
    if found.frames is not None:
        told, _ = read(found.frames)
    for device in devices:
        if device not in told:
            allowed = "a device with frames, such as " + ", ".join(list(told)[:3])
            raise InvalidInput(str(path), [Problem("--device", f"'{device}'", allowed, suggest(device, told))])
    last = max((one.time_s[-1] for one in told.values()), default=0.0)
    length_s = max(last, float(found.summary.get("simulated_s", 0.0)), 1e-3)
    known = [_known(device, one, length_s) for device, one in sorted(told.items())]
    fleet, left_out = rows_of(known)
    failures: dict[str, list[float]] = {}
    for each in known:
        if each.cause and each.failed_s is not None:
            failures.setdefault(each.cause, []).append(each.failed_s)
    alerts = alerts_of(found.verdicts)
    wrong = {} if devices else {name: why for name, why in wrong_at(found.verdicts).items() if name in told}
    chosen = list(wrong.items())[:_WRONG]
    chosen += [one for one in (pick(known, devices) if known else []) if one[0] not in dict(chosen)]
    stories = [_story(device, told[device], why, length_s, alerts.get(device, ())) for device, why in chosen]
    summary = found.summary
    return Report(
        title=str(summary.get("scenario") or path.name),
        kind="run",
        about=str(summary.get("document", {}).get("description", "")),
        facts=list(_facts(summary, told, known)),
        length_s=length_s,
        fleet=fleet if any(np.isfinite(row.health).any() for row in fleet) else [],
        fleet_left_out=left_out,
        stories=stories,
        tables=list(_tables(found)),
        failures=failures,
        digest=str(summary.get("digest", "")),
        notes=_notes(summary),
    )


def _find(path: Path) -> Found:
    folder = path if path.is_dir() else path.parent
    documents = [path] if path.suffix == ".json" else sorted(folder.glob("*.json")) if path.is_dir() else []
    summary: Mapping[str, Any] = {}
    verdicts: list[Mapping[str, Any]] = []
    for document in documents:
        data = _json(document)
        if isinstance(data.get("digest"), str) and "sinks" in data:
            summary = data
        elif isinstance(data.get(_JUDGED), list):
            verdicts += [one for one in data[_JUDGED] if isinstance(one, dict)]
    frames = path if path.is_file() and path.suffix != ".json" else _frames(folder, summary)
    if frames is None and not summary and not verdicts:
        allowed = "the folder of a data set, or one with what run --summary and a file sink wrote"
        raise InvalidInput(str(path), [Problem("(path)", "nothing to report on", allowed)])
    if not summary and len(verdicts) == 1:
        summary = verdicts[0].get("summary") or {}
    return Found(frames, summary, verdicts)


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _frames(folder: Path, summary: Mapping[str, Any]) -> Path | None:
    """The file that the summary's own sink wrote, or the only file of frames in the folder."""
    for sink in summary.get("document", {}).get("sinks", ()):
        named = sink.get("options", {}).get("path")
        if sink.get("kind") == "file" and isinstance(named, str):
            for place in (folder / named, folder / Path(named).name, Path(named)):
                if place.is_file():
                    return place
    lines = [
        path
        for kind in ("*.jsonl", "*.jsonl.gz")
        for path in sorted(folder.glob(kind))
        if ".truth." not in path.name and ".rejected." not in path.name
    ]
    return next((path for path in lines if holds_frames(path)), lines[0] if lines else None)


def _known(device: str, told: Told, length_s: float) -> Known:
    health = np.full(SLICES, np.nan)
    if told.truth_s:
        health = by_slice(numbers(told.truth_s), numbers(told.health), length_s)
    failed = next((n for n, state in enumerate(told.states) if state == "failed"), None)
    cause = ""
    if failed is not None:
        cause = max(((values[failed], mode) for mode, values in told.damage.items()), default=(0.0, "failure"))[1]
    lied = sorted({sensor for faults in told.faults for sensor in faults})
    return Known(device, cause, None if failed is None else told.truth_s[failed], lied, health)


def _story(device: str, told: Told, why: str, length_s: float, alerts: Alerts) -> DeviceStory:
    time_s = numbers(told.time_s)
    truth_s = numbers(told.truth_s)
    beside = len(truth_s) == len(time_s) and bool((truth_s == time_s).all())
    states = silences(time_s, length_s, "failed" in told.states)
    if beside:
        states += stretches(truth_s, [_down(state) for state in told.states], length_s, str)
    return DeviceStory(
        device=device,
        about=told.kind,
        why=why,
        time_s=time_s,
        channels=[
            Channel(
                name,
                told.units.get(name, ""),
                numbers(values),
                numbers(told.clean[name]) if beside and name in told.clean else None,
                list(_lies(told, name, length_s)),
            )
            for name, values in told.said.items()
            if np.isfinite(numbers(values)).any()
        ],
        health=numbers(told.health) if beside else None,
        wear=worst_modes({mode: numbers(values) for mode, values in told.damage.items()}) if beside else {},
        rul_s=numbers(told.rul_s) if beside else None,
        states=states,
        alerts=alerts,
    )


def _down(state: str) -> str | None:
    return None if state in SPEAKING else state


def _lies(told: Told, sensor: str, length_s: float) -> Iterable[Span]:
    words = [faults.get(sensor) for faults in told.faults]
    return stretches(numbers(told.truth_s), words, length_s, str) if words else ()


def _facts(summary: Mapping[str, Any], told: Mapping[str, Told], known: Sequence[Known]) -> Iterator[tuple[str, str]]:
    yield f"{summary.get('devices', len(told)):,}", "devices"
    if "simulated_s" in summary:
        yield human_seconds(summary["simulated_s"]), "simulated"
        yield human_seconds(summary["real_s"]), "real time"
    yield f"{summary.get('frames', sum(len(one.time_s) for one in told.values())):,}", "frames"
    if "readings" in summary:
        yield f"{summary['readings']:,}", "readings"
    yield f"{sum(bool(one.cause) for one in known):,}", "failed"
    yield f"{sum(bool(one.faulty) for one in known):,}", "with a lying sensor"


def _tables(found: Found) -> Iterator[Table]:
    for verdict in found.verdicts:
        checks = verdict.get("checks", [])
        passed = "as expected" if verdict.get("passed") else "not as expected"
        yield Table(
            f"Expectations: {verdict.get('scenario', '')} is {passed}",
            "",
            ["check", "when", "found"],
            [[str(one.get("name", "")), str(one.get("phase", "")), str(one.get("detail", ""))] for one in checks],
            ["good" if one.get("ok") else "bad" for one in checks],
        )
        if isinstance(verdict.get("monitor"), dict):
            yield from monitor_tables(verdict["monitor"])
    books = [
        row
        for name, one in found.summary.get("sinks", {}).items()
        for row in (_books(name, one), *(_books(f"{name}, {what}", one[what]) for what in BESIDES if what in one))
    ]
    if books:
        head = ["sink", "accepted", "acked", "queued", "dropped", "rejected"]
        yield Table("Books", "accepted = acked + queued + dropped + rejected", head, books)
    counted = found.summary.get("events", {})
    if counted:
        rows = [[word, f"{number:,}"] for word, number in sorted(counted.items(), key=lambda pair: -pair[1])]
        yield Table("Journal", "What happened, by kind.", ["event", "count"], rows)


def _books(name: str, books: Mapping[str, Any]) -> list[str]:
    dropped = sum(books.get("dropped", {}).values())
    numbers_ = (books["accepted"], books["acked"], books["queued"], dropped, books["rejected"])
    return [name, *(f"{number:,}" for number in numbers_)]


def _notes(summary: Mapping[str, Any]) -> list[str]:
    if not summary:
        return ["No summary was found: run with --summary for books, journal and digest."]
    notes = [f"Run by data-simulator {summary.get('version', '')}, seed {summary.get('seed', '')}."]
    if summary.get("ended") == "failed":
        notes.append(f"The run failed: {summary.get('problem')}.")
    return notes
