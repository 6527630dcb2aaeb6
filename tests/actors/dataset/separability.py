"""Can failures be foreseen? Daily features of a data set, labels by horizon, two models, and every statistic alone."""

import json
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.scenario.instants import parse_instant

CHANNELS = ("temperature", "power", "load", "voltage", "fan", "clock")
STATISTICS = ("mean", "sd", "min", "max", "p95")
TOGETHER = ("heat by power", "heat by fan", "heat", "fan by heat", "fan", "power by load", "power", "fast heat")
DAY_NS = 86_400 * 10**9

Array = NDArray[np.float64]


class Days(NamedTuple):
    """One row a unit and day."""

    features: NDArray[np.float64]
    names: tuple[str, ...]
    unit: NDArray[np.int64]
    board: NDArray[np.bool_]
    ends_ns: NDArray[np.int64]
    fails_ns: NDArray[np.int64]
    """When the unit fails; the greatest number when it was not seen to."""


def daily(root: Path) -> Days:
    """Features of whole days, from telemetry alone: statistics of every channel, and how the channels go together."""
    outcomes = {row["device"]: row for row in pq.ParquetFile(root / "outcomes/units.parquet").read().to_pylist()}
    units = {row["device"]: row for row in pq.ParquetFile(root / "metadata/units.parquet").read().to_pylist()}
    rows: list[tuple[int, bool, int, int, list[float]]] = []
    for number, (device, outcome) in enumerate(sorted(outcomes.items())):
        fails = np.iinfo(np.int64).max if outcome["failed_at"] is None else outcome["failed_at"].value
        board = units[device]["kind"] == "raspberry-pi"
        for end, numbers in _days_of(root, outcome["site"], device):
            rows.append((number, board, end, fails, numbers))
    return Days(
        features=np.array([row[4] for row in rows]),
        names=tuple(f"{channel} {what}" for channel in CHANNELS for what in STATISTICS) + TOGETHER,
        unit=np.array([row[0] for row in rows]),
        board=np.array([row[1] for row in rows]),
        ends_ns=np.array([row[2] for row in rows]),
        fails_ns=np.array([row[3] for row in rows]),
    )


def _days_of(root: Path, site: str, device: str) -> Iterator[tuple[int, list[float]]]:
    part = root / f"telemetry/site={site}/device={device}/part-0.parquet"
    table = pq.ParquetFile(part).read(columns=["time", *CHANNELS])
    times = table.column("time").cast("int64").to_numpy()
    values = np.stack([table.column(channel).to_numpy() for channel in CHANNELS])
    day = (times - times[0]) // DAY_NS
    for each in range(int(day[-1]) + 1):
        inside = values[:, day == each]
        if inside.shape[1] >= 0.9 * 1440 / _minutes(times):
            yield int(times[0] + (each + 1) * DAY_NS), [*_statistics(inside), *_together(np.nan_to_num(inside))]


def _minutes(times: NDArray[np.int64]) -> float:
    return float(np.median(np.diff(times)) / 60e9)


def _statistics(inside: Array) -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a channel that says nothing all day has no mean
        numbers = [
            np.nanmean(inside, 1),
            np.nanstd(inside, 1),
            np.nanmin(inside, 1),
            np.nanmax(inside, 1),
            np.nanpercentile(inside, 95, axis=1),
        ]
    found: list[float] = np.nan_to_num(np.stack(numbers, axis=1)).ravel().tolist()
    return found


def _together(inside: Array) -> list[float]:
    """Slopes of one channel over others, as anybody would fit who knows that power heats and fans cool."""
    temperature, power, load, _, fan, _ = inside
    ones = np.ones(inside.shape[1])
    heat = np.linalg.lstsq(np.stack([power, fan, ones], axis=1), temperature, rcond=None)[0]
    curve = np.linalg.lstsq(np.stack([temperature, ones], axis=1), fan, rcond=None)[0]
    work = np.linalg.lstsq(np.stack([load, ones], axis=1), power, rcond=None)[0]
    d_power = np.diff(power)
    fast = float(np.diff(temperature) @ d_power) / (float(d_power @ d_power) + 1e-9)
    return [*heat.tolist(), *curve.tolist(), *work.tolist(), fast]


def with_history(days: Days) -> Array:
    """Each feature, and how far it has gone from the unit's first two days and from its last four."""
    first, last = np.zeros_like(days.features), np.zeros_like(days.features)
    for unit in np.unique(days.unit):
        rows = np.flatnonzero(days.unit == unit)
        for place, row in enumerate(rows):
            first[row] = days.features[row] - days.features[rows[: min(2, place + 1)]].mean(0)
            last[row] = days.features[row] - days.features[rows[max(0, place - 3) : place + 1]].mean(0)
    return np.column_stack([days.features, first, last])


def labelled(days: Days, horizon_d: float, end_ns: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which days may be judged (what follows was seen), and which of them are followed by a failure in time."""
    horizon = round(horizon_d * DAY_NS)
    before = days.fails_ns > days.ends_ns
    fails = before & (days.fails_ns <= days.ends_ns + horizon)
    return before & (fails | (days.ends_ns + horizon <= end_ns)), fails


class Score(NamedTuple):
    """How well failures are foreseen: areas under the curve, for units never seen in training."""

    positive: float
    logistic: float
    boosting: float
    precision: float
    """Average precision of the boosted trees."""
    single: Mapping[str, float]
    """Each daily figure alone, in the better of both directions."""


def judge(days: Days, horizon_d: float, end_ns: int) -> Score:
    """Five folds by unit; scores of all folds together."""
    from threadpoolctl import threadpool_limits

    # threads that wait for each other on a busy machine take many times as long as one
    with threadpool_limits(1):
        return _judge(days, horizon_d, end_ns)


def _judge(days: Days, horizon_d: float, end_ns: int) -> Score:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score, roc_auc_score
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen, fails = labelled(days, horizon_d, end_ns)
    x, y, unit, board = with_history(days)[chosen], fails[chosen], days.unit[chosen], days.board[chosen]
    models: dict[str, tuple[Any, Array]] = {
        # what a feature means depends on the kind of device: a linear model is given both by themselves
        "logistic": (
            make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=3000)),
            np.column_stack([x * board[:, None], x * ~board[:, None], board]),
        ),
        "boosting": (
            HistGradientBoostingClassifier(
                max_iter=120,
                learning_rate=0.05,
                max_leaf_nodes=8,
                min_samples_leaf=30,
                l2_regularization=1.0,
                random_state=0,
            ),
            np.column_stack([x, board]),
        ),
    }
    guesses = {name: np.zeros(len(y)) for name in models}
    for name, (model, features) in models.items():
        for train, test in GroupKFold(5).split(features, y, unit):
            guesses[name][test] = model.fit(features[train], y[train]).predict_proba(features[test])[:, 1]
    alone = {name: float(roc_auc_score(y, days.features[chosen][:, n])) for n, name in enumerate(days.names)}
    return Score(
        positive=float(y.mean()),
        logistic=float(roc_auc_score(y, guesses["logistic"])),
        boosting=float(roc_auc_score(y, guesses["boosting"])),
        precision=float(average_precision_score(y, guesses["boosting"])),
        single={name: max(area, 1 - area) for name, area in alone.items()},
    )


def end_of(root: Path) -> int:
    """The end of the observation."""
    return parse_instant(json.loads((root / "card.json").read_text())["end"])


def report(root: Path) -> dict[int, Score]:
    """Scores of a data set, by horizon in days."""
    days, end_ns = daily(root), end_of(root)
    return {horizon: judge(days, horizon, end_ns) for horizon in (1, 3, 7)}


def not_harder(easy: Mapping[int, Score], hard: Mapping[int, Score]) -> list[str]:
    """By which model and horizon failures in the second set are foreseen no worse than in the first."""
    pairs = ((horizon, model) for horizon in easy for model in ("logistic", "boosting"))
    return [
        f"{model}, {horizon} d"
        for horizon, model in pairs
        if getattr(hard[horizon], model) >= getattr(easy[horizon], model)
    ]


def main(roots: list[str]) -> int:
    """Tell the scores of a data set; of a second one, too, and whether all of them are lower as check 18 has it."""
    reports = [report(Path(root)) for root in roots]
    for root, scores in zip(roots, reports, strict=True):
        print(root)
        for horizon, score in scores.items():
            name, area = max(score.single.items(), key=lambda pair: pair[1])
            models = f"logistic {score.logistic:.3f}, boosting {score.boosting:.3f} (precision {score.precision:.3f})"
            print(f"  {horizon} d: {score.positive:.1%} positive, {models}, best single figure {name} {area:.3f}")
    if len(reports) < 2:
        return 0
    missed = not_harder(reports[0], reports[1])
    print(f"no lower: {'; '.join(missed)}" if missed else "the second is harder to foresee, by both models")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3]))
