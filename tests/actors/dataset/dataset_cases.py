"""A scenario in which everything happens that a device lived alone must get right, and a few lines to make a set."""

from pathlib import Path
from typing import Any

from actors.dataset.making import Making, Result, make_dataset
from actors.dataset.plan import DatasetPlan, Shares, make_plan
from actors.vocabulary import Words
from schemas.scenario import Scenario, load_scenario

EVENTFUL = """
version: 1
name: eventful
seed: 5
pace: max
duration: 3d
fleet:
  - {name: pi5, site: oslo, kind: raspberry-pi, model: "5", setup: active-cooler, count: 3, interval: 1m,
     acceleration: 60000, wear: {dust: 0.2}}
  - {name: c, site: cairo, kind: cpu, count: 3, interval: 1m, phase: aligned, acceleration: 3000,
     faults: [{sensor: temperature, fault: dropout, for: 3h, id: x}]}
  - {name: o, site: oslo, kind: raspberry-pi, model: "4", setup: open, count: 2, interval: 10s,
     wear: {sd-card: 0.97, solder-fatigue: 0.9, psu-electrolytics: 0.95}}
timeline:
  - {at: 2h, do: inject-fault, on: all, sensor: power, fault: stuck, for: 2h}
  - {at: 3h, do: pause, on: {groups: [c]}, for: 1h}
  - {every: 4h, do: repair, on: {percent: 50}}
  - {at: 5h, do: stop, on: {groups: [pi5]}, for: 2h}
  - {at: 6h, do: inject-fault, on: {groups: [o, c]}, sensor: body, fault: power-sag,
     parameters: {share: 0.3, propagation_s: 900}, for: 30m}
  - {at: 7h, do: inject-fault, on: {groups: [c]}, sensor: body, fault: room-heat, for: 5h}
  - {at: 9h, do: set-parameter, on: all, parameter: room_temperature_c, value: 50}
  - {at: 10h, do: inject-wear, on: {groups: [c], count: 1}, mode: fan-bearing, damage: 0.9}
  - {at: 12h, do: restart, on: {groups: [c]}}
  - {at: 20h, do: set-interval, on: {groups: [o, c]}, interval: 2m}
  - {at: 22h, do: clear-fault, on: all}
  - {every: 6h, do: inject-fault, on: {count: 2}, sensor: load, fault: spike, for: 6h}
"""


def load(text: str, *overrides: str) -> Scenario:
    return load_scenario(text, "test.yaml", overrides, vocabulary=Words())


def plan_of(text: str, *overrides: str, shares: Shares | None = None) -> DatasetPlan:
    return make_plan(load(text, *overrides), shares or Shares(0.5, 0.25))


def make(plan: DatasetPlan, root: Path, **how: Any) -> Result:
    return make_dataset(plan, Making(root, **how))


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
