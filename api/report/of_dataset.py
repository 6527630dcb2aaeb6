"""A report of a data set, read from its files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from api.report.model import Channel, DeviceStory, Numbers, Report, Table
from api.report.telling import Known, by_slice, pick, rows_of, silences, stretches, worst_modes
from api.summary import count
from schemas.problems import InvalidInput, Problem, suggest
from schemas.scenario.instants import parse_instant

_NS = 1e9
_DAMAGE = "damage_"


def report_of(root: Path, devices: Sequence[str]) -> Report:
    """Read a data set; `InvalidInput` when it is none, or a device is not in it."""
    card = _card(root)
    start_ns, end_ns = parse_instant(card["start"]), parse_instant(card["end"])
    length_s = (end_ns - start_ns) / _NS
    outcomes = {row["device"]: row for row in _rows(root / "outcomes" / "units.parquet")}
    for device in devices:
        if device not in outcomes:
            allowed = "a device of training or validation, such as " + ", ".join(list(outcomes)[:3])
            raise InvalidInput(str(root), [Problem("--device", f"'{device}'", allowed, suggest(device, outcomes))])
    units = {row["device"]: row for row in _rows(root / "metadata" / "units.parquet")}
    known = [_known(root, row, start_ns, length_s) for row in outcomes.values()]
    fleet, left_out = rows_of(known)
    stories = [
        _story(root, outcomes[device], units[device], why, card, start_ns, length_s)
        for device, why in pick(known, devices)
    ]
    failures: dict[str, list[float]] = {}
    for one in known:
        if one.cause and one.failed_s is not None:
            failures.setdefault(one.cause, []).append(one.failed_s)
    return Report(
        title=card["name"],
        kind="data set",
        about=card["description"],
        facts=_facts(card),
        length_s=length_s,
        fleet=fleet,
        fleet_left_out=left_out,
        stories=stories,
        tables=_tables(card),
        failures=dict(sorted(failures.items())),
        digest=card["digest"],
        notes=[
            f"Made by data-simulator {card['version']}, seed {card['seed']}. Of training and validation; what happened "
            "to the units of the test is sealed.",
        ],
    )


def is_dataset(path: Path) -> bool:
    """Whether a folder holds a data set that is whole."""
    return (path / "card.json").is_file() and (path / "telemetry").is_dir()


def _card(root: Path) -> Mapping[str, Any]:
    try:
        card: Mapping[str, Any] = json.loads((root / "card.json").read_bytes())
    except ValueError as error:
        raise InvalidInput(str(root), [Problem("card.json", f"no JSON ({error})", "a data set's card")]) from error
    return card


def _rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.ParquetFile(path).read().to_pylist()
    return found


def _part(root: Path, table: str, row: Mapping[str, Any]) -> Path:
    return root / table / f"site={row['site']}" / f"device={row['device']}" / "part-0.parquet"


def _seconds(table: Any, start_ns: int) -> Numbers:
    seconds: Numbers = (table.column("time").cast("int64").to_numpy() - start_ns) / _NS
    return seconds


def _known(root: Path, row: Mapping[str, Any], start_ns: int, length_s: float) -> Known:
    part = _part(root, "truth", row)
    health = np.full(240, np.nan)
    faulty: list[str] = []
    if part.exists():
        file = pq.ParquetFile(part)
        columns = [name for name in file.schema_arrow.names if name.startswith("sensor_fault_")]
        table = file.read(columns=["time", "health", *columns])
        health = by_slice(_seconds(table, start_ns), table.column("health").to_numpy(), length_s)
        faulty = [name.removeprefix("sensor_fault_") for name in columns if table.column(name).null_count < len(table)]
    failed = row["failed_at"]
    at = None if failed is None else (failed.value - start_ns) / _NS
    return Known(row["device"], row["fails_by"] or "", at, faulty, health)


def _said(path: Path, truth: pa.Table) -> pa.Table:
    """Telemetry, a row for each of the truth: of a frame that came twice the first, nulls for one that never came."""
    if not path.exists():
        return truth.select(["sequence"])
    said = pq.ParquetFile(path).read()
    if "received" not in said.column_names:
        return said
    numbers, first = np.unique(said.column("sequence").to_numpy(), return_index=True)
    places = np.searchsorted(numbers, truth.column("sequence").to_numpy()).clip(max=max(len(numbers) - 1, 0))
    came = numbers[places] == truth.column("sequence").to_numpy()
    return said.take(pa.array(np.where(came, first[places], 0), mask=~came))


def _story(
    root: Path,
    row: Mapping[str, Any],
    unit: Mapping[str, Any],
    why: str,
    card: Mapping[str, Any],
    start_ns: int,
    length_s: float,
) -> DeviceStory:
    truth = pq.ParquetFile(_part(root, "truth", row)).read()
    said = _said(_part(root, "telemetry", row), truth)
    time_s = _seconds(truth, start_ns)
    units = {column["name"]: column["unit"] for column in card["columns"]["telemetry"]}
    sensors = [name.removeprefix("clean_") for name in truth.column_names if name.startswith("clean_")]
    modes = {
        name.removeprefix(_DAMAGE).replace("_", "-"): truth.column(name).to_numpy()
        for name in truth.column_names
        if name.startswith(_DAMAGE)
    }
    site = "" if len(card["sites"]) == 1 else f"{row['site']}, "
    return DeviceStory(
        device=row["device"],
        about=f"{site}{unit['kind']} {unit['model']}, {unit['setup']}, {row['profile']}; {unit['split']}",
        why=why,
        time_s=time_s,
        channels=[
            Channel(
                name,
                units[name],
                said.column(name).to_numpy(),
                truth.column(f"clean_{name}").to_numpy(),
                stretches(time_s, truth.column(f"sensor_fault_{name}").to_pylist(), length_s, str),
            )
            for name in sensors
            if name in said.column_names and said.column(name).null_count < len(said)
        ],
        health=truth.column("health").to_numpy(),
        wear=worst_modes(modes),
        rul_s=truth.column("rul_s").to_numpy(),
        rul_true_s=truth.column("rul_true_s").to_numpy(),
        censored=bool(truth.column("censored").to_numpy().all()),
        states=silences(time_s, length_s, bool(row["failed"])),
    )


def _facts(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    balance = card["balance"]
    return [
        (f"{card['units']:,}", "units"),
        (card["duration"], "simulated"),
        (f"{card['frames']:,}", "frames"),
        (f"{card['readings']:,}", "readings"),
        (f"{balance['failed_units']:,}", f"of {count(balance['units'], 'open unit')} failed"),
        (f"{balance['positive_share']['3d']:.1%}", "of frames fail within 3 days"),
    ]


def _tables(card: Mapping[str, Any]) -> list[Table]:
    sites = [
        [site, *(f"{row[word]:,}" for word in ("units", "train", "validation", "test"))]
        for site, row in card["sites"].items()
    ]
    balance = card["balance"]
    shares = [[f"fails within {days}", f"{share:.2%}"] for days, share in balance["positive_share"].items()]
    shares += [[f"fault at {name}", f"{share:.2%}"] for name, share in balance["sensor_fault_share"].items() if share]
    cuts = card["splits"]["by_time"]
    about = f"By time: training until {cuts['train_until'][:16]}, validation until {cuts['validation_until'][:16]}."
    return [
        Table("Sites and splits", about, ["site", "units", "train", "validation", "test"], sites),
        Table("Balance", f"Of the frames of {balance['of']}.", ["what", "share"], shares),
    ]
