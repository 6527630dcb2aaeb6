"""Failure prediction trained at several sites at once, without their data leaving them: federated averaging.

    data-simulator dataset dataset-sites --out sites --split 65/34/1
    python examples/federated.py sites

Each folder `site=...` of a data set is one client. A client knows its own telemetry and outcomes and gives away sums
and weights, nothing else. The model is logistic regression on figures of whole days: does the unit fail within three
days?
(McMahan et al. 2017, Communication-efficient learning of deep networks from decentralized data, algorithm 1.)
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

CHANNELS: Final = ("temperature", "power", "load", "voltage", "fan", "clock")
DAY_S: Final = 86_400
HORIZON_S: Final = 3 * DAY_S
ROUNDS: Final = 60
LOCAL_STEPS: Final = 20
STEP: Final = 0.5
DECAY: Final = 1e-3
"""Of the weights, so that what has nothing to do with failing fades."""

Array = NDArray[np.float64]


class Days(NamedTuple):
    """One row a unit and day: figures of it, and whether the unit fails within the horizon."""

    figures: Array
    fails: NDArray[np.bool_]

    def over(self, moments: "Moments") -> "Days":
        """The same on one scale for all clients, with a column of ones."""
        scaled = np.clip((self.figures - moments.mean) / moments.spread, -5, 5)
        return Days(np.column_stack([scaled, np.ones(len(scaled))]), self.fails)


class Moments(NamedTuple):
    """Mean and spread of every figure over all clients."""

    mean: Array
    spread: Array


class Client(NamedTuple):
    """One site: units to learn from, and units that nobody learns from."""

    train: Days
    check: Days


def read_client(root: Path, site: str) -> Client:
    """What one site knows of itself."""
    outcomes = pq.read_table(root / "outcomes/units.parquet").to_pandas()
    units = pq.read_table(root / "metadata/units.parquet").to_pandas().set_index("device")
    rows: dict[str, list[tuple[Array, bool]]] = {"train": [], "validation": []}
    for outcome in outcomes[outcomes["site"] == site].to_dict("records"):
        if outcome["split"] in rows:
            board = units.loc[outcome["device"], "kind"] == "raspberry-pi"
            rows[outcome["split"]] += _days(root, site, outcome, bool(board))
    return Client(
        *(Days(np.array([row[0] for row in part]), np.array([row[1] for row in part])) for part in rows.values())
    )


def _days(root: Path, site: str, outcome: Mapping[str, object], board: bool) -> list[tuple[Array, bool]]:
    """Whole days of one unit of which it was seen how they went on."""
    table = ds.dataset(root / f"telemetry/site={site}/device={outcome['device']}").to_table(["time", *CHANNELS])
    time_s = table.column("time").cast("int64").to_numpy() / 1e9
    values = np.stack([table.column(channel).to_numpy() for channel in CHANNELS])
    day = ((time_s - time_s[0]) // DAY_S).astype(int)
    figures = np.array([_figures(values[:, day == each]) for each in range(day[-1])])
    if not len(figures):
        return []
    figures = np.column_stack([figures, figures - figures[:2].mean(0)])
    left_s = time_s[-1] - time_s[0] - DAY_S * np.arange(1, len(figures) + 1)
    failed = bool(outcome["failed"])
    # a figure means one thing for a board and another for a processor: each kind has weights of its own
    apart = np.column_stack([figures * board, figures * (not board), np.full(len(figures), float(board))])
    judged = (left_s >= HORIZON_S) | failed
    return [
        (row, failed and left <= HORIZON_S) for row, left, known in zip(apart, left_s, judged, strict=True) if known
    ]


def _figures(inside: Array) -> Array:
    """Means and spreads of a day, the heat of a watt, and the air moved at a temperature."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a channel may say nothing all day
        mean, spread = np.nan_to_num(np.nanmean(inside, 1)), np.nan_to_num(np.nanstd(inside, 1))
    temperature, power, load, _, fan, _ = np.nan_to_num(inside)
    slopes = [_slope(power, temperature), _slope(temperature, fan), _slope(load, power)]
    return np.concatenate([mean, spread, slopes, [mean[0] / max(mean[1], 1e-3)]])


def _slope(over: Array, of: Array) -> float:
    away = over - over.mean()
    return float(away @ of / (away @ away + 1e-6))


def shared_moments(clients: Sequence[Days]) -> Moments:
    """Each client gives counts and sums, from which all know the scale of all."""
    count = sum(len(days.fails) for days in clients)
    mean = np.sum([days.figures.sum(0) for days in clients], axis=0) / count
    square = np.sum([(days.figures**2).sum(0) for days in clients], axis=0) / count
    return Moments(mean, np.sqrt(np.maximum(square - mean**2, 1e-9)))


def local_update(weights: Array, days: Days, steps: int) -> Array:
    """Some steps of gradient descent on a client's own days; both answers count the same, however rare one is."""
    positive = max(int(days.fails.sum()), 1)
    weigh = np.where(days.fails, 0.5 / positive, 0.5 / max(len(days.fails) - positive, 1))
    for _ in range(steps):
        guess = 1 / (1 + np.exp(-days.figures @ weights))
        weights = weights - STEP * (days.figures.T @ (weigh * (guess - days.fails)) + DECAY * weights)
    return weights


def federated(clients: Sequence[Days], rounds: int = ROUNDS) -> Array:
    """Rounds of local steps and averages, each client by its number of days."""
    weights = np.zeros(clients[0].figures.shape[1])
    share = np.array([len(days.fails) for days in clients], float)
    for _ in range(rounds):
        weights = np.average([local_update(weights, days, LOCAL_STEPS) for days in clients], axis=0, weights=share)
    return weights


def area(weights: Array, days: Days) -> float:
    """Area under the curve: how often a day before a failure is rated above another one; not a number without both."""
    rates = days.figures @ weights
    order = np.argsort(np.argsort(rates, kind="stable"), kind="stable") + 1.0
    bad, good = int(days.fails.sum()), int((~days.fails).sum())
    return (float(order[days.fails].sum()) - bad * (bad + 1) / 2) / (bad * good) if bad and good else float("nan")


def together(parts: Sequence[Days]) -> Days:
    """The days of several clients as one, which only the comparison may do."""
    return Days(np.concatenate([days.figures for days in parts]), np.concatenate([days.fails for days in parts]))


def compare(root: Path) -> dict[str, dict[str, float]]:
    """Areas on units that nobody has learnt from, at each site and at all of them, by way of training."""
    sites = sorted(folder.name.removeprefix("site=") for folder in (root / "telemetry").iterdir())
    known = {site: read_client(root, site) for site in sites}
    moments = shared_moments([client.train for client in known.values()])
    train = {site: client.train.over(moments) for site, client in known.items()}
    check = {site: client.check.over(moments) for site, client in known.items()}
    check["all"] = together(list(check.values()))
    none, steps = np.zeros(check["all"].figures.shape[1]), ROUNDS * LOCAL_STEPS
    ways = {f"{site} alone": local_update(none, days, steps) for site, days in train.items()}
    ways["federated"] = federated(list(train.values()))
    ways["data together"] = local_update(none, together(list(train.values())), steps)
    return {way: {place: area(weights, days) for place, days in check.items()} for way, weights in ways.items()}


def main(root: str) -> None:
    """Print the table."""
    table = compare(Path(root))
    places = list(table["federated"])
    print("learnt by".ljust(16), *(place.rjust(7) for place in places))
    for way, areas in table.items():
        print(way.ljust(16), *(f"{areas[place]:7.3f}" for place in places))


if __name__ == "__main__":
    main(sys.argv[1])
