"""From devices that are done to a data set: events, metadata, outcomes, the seal and the card."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from actors.dataset import folder as at
from actors.dataset.card import card_of, page_of
from actors.dataset.fault_table import write_fault_tables
from actors.dataset.folder import Folder
from actors.dataset.outcome import Outcome
from actors.dataset.plan import TEST, DatasetPlan, Unit
from actors.dataset.tables import TIME
from engine.digest import run_digest

_NS: Final = 1e9

EVENTS: Final = pa.schema(
    [
        pa.field("device", pa.string(), metadata={"unit": "", "meaning": "whom it happened to"}),
        pa.field("time", TIME, metadata={"unit": "", "meaning": "simulated instant, UTC"}),
        pa.field("number", pa.int64(), metadata={"unit": "", "meaning": "counts the events of a device from 0"}),
        pa.field("event", pa.string(), metadata={"unit": "", "meaning": "what happened: StateChanged, FaultInjected"}),
        pa.field("id", pa.string(), metadata={"unit": "", "meaning": "id of the sensor fault"}),
        pa.field("sensor", pa.string(), metadata={"unit": "", "meaning": "sensor it happened at"}),
        pa.field("what", pa.string(), metadata={"unit": "", "meaning": "kind of fault, failure mode, parameter"}),
        pa.field("detail", pa.string(), metadata={"unit": "", "meaning": "everything else, as JSON"}),
    ]
)
_WHAT: Final = ("fault", "mode", "name", "after", "command")


def finish(folder: Folder, plan: DatasetPlan) -> Mapping[str, Any]:
    """Write what belongs to the whole, and the card last; answers the card."""
    outcomes = {unit.id: _outcome(folder, unit) for unit in plan.units}
    _write_events(folder, plan, outcomes)
    write_fault_tables(folder, plan, outcomes)
    at.write_table(folder.root / "metadata" / "units.parquet", _units(plan))
    _write_outcomes(folder, plan, outcomes)
    _write_seal(folder)
    digest = run_digest(
        {device: one.digest for device, one in outcomes.items()},
        {device: one.history for device, one in outcomes.items()},
    )
    files = {folder.relative(path): at.sha256(path) for path in folder.files()}
    card = card_of(plan, outcomes, digest, files)
    at.write_text(folder.root / at.PAGE, page_of(card))
    at.write_json(folder.root / at.CARD, card)
    return card


def _outcome(folder: Folder, unit: Unit) -> Outcome:
    return Outcome.of(json.loads(folder.note(unit.id).read_bytes()))


def _write_events(folder: Folder, plan: DatasetPlan, outcomes: Mapping[str, Outcome]) -> None:
    for sealed in (False, True):
        sites: dict[str, list[dict[str, Any]]] = {}
        for unit in plan.units:
            if (unit.split == TEST) is sealed:
                happened = outcomes[unit.id].events
                sites.setdefault(unit.site, []).extend(_event(n, event) for n, event in enumerate(happened))
        for site, rows in sorted(sites.items()):
            rows.sort(key=lambda row: (row["time"], row["device"], row["number"]))
            table = pa.Table.from_pylist(rows, schema=EVENTS)
            at.write_table(folder.of_site("events", site, sealed=sealed), table)


def _event(number: int, event: Mapping[str, Any]) -> dict[str, Any]:
    rest = {k: v for k, v in event.items() if k not in ("event", "device", "time_ns", "id", "sensor")}
    what = next((word for word in _WHAT if word in rest), None)
    said = None if what is None else str(rest.pop(what))
    return {
        "device": event.get("device"),
        "time": event["time_ns"],
        "number": number,
        "event": event["event"],
        "id": event.get("id"),
        "sensor": event.get("sensor"),
        "what": said,
        "detail": json.dumps(rest, sort_keys=True) if rest else None,
    }


def _units(plan: DatasetPlan) -> pa.Table:
    """What a name plate says of each unit, and its split: nothing of how it will end."""
    return pa.Table.from_pylist(
        [
            {
                "device": unit.id,
                "site": unit.site,
                "group": unit.spec.group.name,
                "kind": unit.spec.kind,
                "model": unit.spec.model,
                "setup": unit.spec.setup,
                "labels": json.dumps(dict(unit.spec.labels), sort_keys=True),
                "interval_s": unit.spec.interval_ns / _NS,
                "split": unit.split,
            }
            for unit in plan.units
        ],
        schema=pa.schema(
            [(name, pa.string()) for name in ("device", "site", "group", "kind", "model", "setup", "labels")]
            + [("interval_s", pa.float64()), ("split", pa.string())]
        ),
    )


_OUTCOMES: Final = pa.schema(
    [
        ("device", pa.string()),
        ("site", pa.string()),
        ("split", pa.string()),
        ("frames", pa.int64()),
        ("received", pa.int64()),
        ("readings", pa.int64()),
        ("first", TIME),
        ("last", TIME),
        ("failed", pa.bool_()),
        ("failed_at", TIME),
        ("fails_by", pa.string()),
        ("failures", pa.int64()),
        ("profile", pa.string()),
        ("room_temperature_c", pa.float64()),
        ("room_swing_c", pa.float64()),
        ("acceleration", pa.float64()),
        ("spread", pa.float64()),
        ("modes", pa.list_(pa.string())),
        ("wear", pa.string()),
        ("fail_on_symptom", pa.bool_()),
        ("digest", pa.string()),
    ]
)


def _write_outcomes(folder: Folder, plan: DatasetPlan, outcomes: Mapping[str, Outcome]) -> None:
    """How each life came out, with the hidden numbers behind it; and for the test, what has to be guessed."""
    for sealed, base in ((False, folder.root), (True, folder.root / at.SEALED)):
        units = [unit for unit in plan.units if (unit.split == TEST) is sealed]
        rows = [_row(unit, outcomes[unit.id]) for unit in units]
        at.write_table(base / "outcomes" / "units.parquet", pa.Table.from_pylist(rows, schema=_OUTCOMES))
    at.write_table(folder.root / at.SEALED / "rul.parquet", sealed_rul(plan, outcomes))


def _row(unit: Unit, outcome: Outcome) -> dict[str, Any]:
    group, failures = unit.spec.group, outcome.failures
    return {
        "device": unit.id,
        "site": unit.site,
        "split": unit.split,
        "frames": outcome.frames,
        "received": outcome.received,
        "readings": outcome.readings,
        "first": outcome.first_ns,
        "last": outcome.last_ns,
        "failed": bool(failures),
        "failed_at": failures[0].time_ns if failures else None,
        "fails_by": failures[0].cause if failures else None,
        "failures": len(failures),
        "profile": unit.spec.profile,
        "room_temperature_c": group.room_temperature_c,
        "room_swing_c": group.room_swing_c,
        "acceleration": group.acceleration,
        "spread": group.spread,
        "modes": None if group.modes is None else list(group.modes),
        "wear": json.dumps(group.model_dump(mode="json")["wear"], sort_keys=True),
        "fail_on_symptom": group.fail_on_symptom,
        "digest": outcome.digest,
    }


def sealed_rul(plan: DatasetPlan, outcomes: Mapping[str, Outcome]) -> pa.Table:
    """For each test unit, the true remaining useful life at its cut; a lower bound when it is censored."""
    rows = []
    for unit in plan.units:
        outcome = outcomes[unit.id]
        cut_ns = outcome.cut_ns
        if cut_ns is None:
            continue
        failure = next((failure for failure in outcome.failures if failure.time_ns >= cut_ns), None)
        end_ns = plan.until_ns if failure is None else failure.time_ns
        rows.append(
            {
                "device": unit.id,
                "site": unit.site,
                "cut": cut_ns,
                "rul_s": (end_ns - cut_ns) / _NS,
                "censored": failure is None,
                "fails_by": None if failure is None else failure.cause,
            }
        )
    kinds = [("device", pa.string()), ("site", pa.string()), ("cut", TIME), ("rul_s", pa.float64())]
    return pa.Table.from_pylist(rows, schema=pa.schema([*kinds, ("censored", pa.bool_()), ("fails_by", pa.string())]))


def _write_seal(folder: Folder) -> None:
    """The hash of every sealed file, in the form that `sha256sum --check` reads: none can be changed unseen."""
    sealed: Sequence[Any] = [path for path in folder.files() if at.SEALED in path.relative_to(folder.root).parts]
    lines = [f"{at.sha256(path)}  {folder.relative(path)}\n" for path in sealed]
    at.write_text(folder.root / at.SEAL, "".join(lines))
