"""The data card: what a data set holds, how it came about, how it may be used and what it is not."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from actors.dataset.befallen import befallen, page_of_befallen
from actors.dataset.fault_table import FAULTS
from actors.dataset.outcome import HORIZONS_D, Outcome
from actors.dataset.plan import LAYOUT, SPLITS, TEST, DatasetPlan
from actors.dataset.tables import telemetry_schema, truth_schema
from actors.summing import product_version
from schemas.durations import format_duration
from schemas.instants import iso
from schemas.scenario import Scenario

CAVEATS: Final = (
    "The devices are simulated. Wear laws and their constants come from the sources named in the documentation or "
    "are engineering estimates; a model trained here has to be tried on real devices before it is trusted.",
    "Ageing is accelerated by the factor that each unit's outcome names: heat and electricity are not, so daily "
    "cycles per life are fewer than in the field.",
    "Units that did not fail until the end are censored: their remaining life is a lower bound, not a number to learn.",
    "Split by unit or by time, never by row: neighbouring rows of one unit are nearly the same. Split by time, leave "
    "out as much time as the longest horizon of the labels before each cut.",
    "truth/, events/, faults/ and outcomes/ hold what no monitor can see. Features come from telemetry/ and metadata/ "
    "alone.",
    "sealed/ is for who scores. Take it away before the data set goes to who is scored; sealed.sha256 stays.",
)


_LISTS: Final = {"irregular": "list of readings", "curve": "list of points"}


def card_of(
    plan: DatasetPlan, outcomes: Mapping[str, Outcome], digest: str, files: Mapping[str, str]
) -> dict[str, Any]:
    """The card as plain data."""
    scenario = plan.scenario
    open_ = [one for one in outcomes.values() if one.split != TEST]
    cuts = plan.time_cuts_ns()
    return {
        "name": scenario.name,
        "description": scenario.description,
        "version": product_version(),
        "layout": LAYOUT,
        "fingerprint": plan.fingerprint,
        "digest": digest,
        "seed": scenario.seed,
        "start": iso(scenario.start_ns),
        "end": iso(plan.until_ns),
        "duration": format_duration(scenario.duration_ns or 0),
        "units": len(outcomes),
        "frames": sum(one.frames for one in outcomes.values()),
        "received": sum(one.received for one in outcomes.values()),
        "readings": sum(one.readings for one in outcomes.values()),
        "sites": _sites(plan),
        "splits": {
            "by_unit": {split: sum(unit.split == split for unit in plan.units) for split in SPLITS},
            "by_time": {"train_until": iso(cuts[0]), "validation_until": iso(cuts[1])},
        },
        "balance": _balance(open_),
        "befallen": befallen(scenario, open_),
        "columns": {
            "telemetry": _columns(telemetry_schema(plan)),
            "truth": _columns(truth_schema(plan)),
            "faults": _columns(FAULTS),
        },
        "caveats": [*CAVEATS, _of_links(plan), *_by_symptom(scenario)],
        "files": dict(files),
        "scenario": scenario.document(),
    }


def _of_links(plan: DatasetPlan) -> str:
    """What became of frames on their way."""
    if not plan.links:
        return "Frames stand here as the devices made them: nothing was lost, doubled, delayed or stamped wrongly."
    return (
        "telemetry/ has frames as they arrived, in that order: some are missing, there twice, late, or stamped with a "
        "wrong time; `received` is when they came. truth/ has one row for every frame that was made, at its true time: "
        "device and sequence join them. A test unit is cut by `received`."
    )


def _by_symptom(scenario: Scenario) -> list[str]:
    """What a failure is where it is not only the end of a part."""
    groups = [group.name for group in scenario.fleet if group.fail_on_symptom]
    if not groups:
        return []
    return [
        f"In {', '.join(groups)} a failure mode's symptom is a failure, too (fail_on_symptom): lives end earlier, "
        "event states are margins to its threshold, and rul_s is null where it depends on load and air to come."
    ]


def _sites(plan: DatasetPlan) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for unit in plan.units:
        site = found.setdefault(unit.site, {"units": 0, **dict.fromkeys(SPLITS, 0)})
        site["units"] += 1
        site[unit.split] += 1
    return dict(sorted(found.items()))


def _balance(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of training and validation; what the test holds is sealed."""
    frames = sum(one.frames for one in outcomes)
    causes = Counter(failure.cause for one in outcomes for failure in one.failures)
    faulty: Counter[str] = Counter()
    for one in outcomes:
        faulty.update(one.faulty)
    return {
        "of": "training and validation",
        "units": len(outcomes),
        "failed_units": sum(bool(one.failures) for one in outcomes),
        "censored_units": sum(not one.failures for one in outcomes),
        "failures": dict(sorted(causes.items())),
        "frames": frames,
        "positive_share": {
            f"{days}d": round(sum(one.within[str(days)] for one in outcomes) / frames, 6) if frames else 0.0
            for days in HORIZONS_D
        },
        "sensor_fault_share": {
            name: round(count / frames, 6) if frames else 0.0 for name, count in sorted(faulty.items())
        },
    }


def _columns(schema: pa.Schema) -> list[dict[str, str]]:
    described = []
    for field in schema:
        about = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        kind = _LISTS.get(field.name, "list") if pa.types.is_list(field.type) else str(field.type)
        described.append({"name": field.name, "type": kind, "unit": about["unit"], "meaning": about["meaning"]})
    return described


def page_of(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    return "\n".join(_page(card)) + "\n"


def _page(card: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Data card: {card['name']}\n"
    if card["description"]:
        yield f"{card['description']}\n"
    yield f"- {card['units']:,} units, {card['frames']:,} frames, {card['readings']:,} readings"
    if card["received"] != card["frames"]:
        yield f"- {card['received']:,} rows of telemetry: what arrived of the frames"
    yield f"- from {card['start']} to {card['end']} ({card['duration']})"
    yield f"- made by data-simulator {card['version']}, seed {card['seed']}, layout {card['layout']}"
    yield f"- digest `{card['digest']}`: the same that `data-simulator run` gives for this scenario"
    yield "\n## Sites and splits\n"
    yield "| site | units | train | validation | test |\n|---|---|---|---|---|"
    for site, row in card["sites"].items():
        yield f"| {site} | {row['units']} | {row['train']} | {row['validation']} | {row['test']} |"
    cuts = card["splits"]["by_time"]
    yield f"\nBy time: training until {cuts['train_until']}, validation until {cuts['validation_until']}, then test."
    yield from _page_of_balance(card["balance"])
    yield from page_of_befallen(card["befallen"])
    for table, columns in card["columns"].items():
        yield f"\n## Columns of {table}\n"
        yield "| column | type | unit | meaning |\n|---|---|---|---|"
        for column in columns:
            yield f"| {column['name']} | {column['type']} | {column['unit']} | {column['meaning']} |"
    yield "\n## To be kept in mind\n"
    yield from (f"- {caveat}" for caveat in card["caveats"])


def _page_of_balance(balance: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n## Balance ({balance['of']})\n"
    yield f"- {balance['failed_units']} units failed, {balance['censored_units']} are censored"
    for cause, count in balance["failures"].items():
        yield f"  - {count} by {cause}"
    for days, share in balance["positive_share"].items():
        yield f"- {share:.2%} of the frames have a failure within {days}"
    for sensor, share in balance["sensor_fault_share"].items():
        yield f"- {share:.2%} of the frames have a fault at the sensor {sensor}"
