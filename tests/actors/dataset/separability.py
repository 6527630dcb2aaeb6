"""Can failures be foreseen? Daily features of a data set, labels by horizon, two models, and every statistic alone."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.dataset as pds
import pyarrow.parquet as pq
from numpy.typing import NDArray

CHANNELS = ("temperature", "power", "load", "voltage", "fan", "clock")
DAY_NS = 86_400 * 10**9


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
    """Mean, spread, extremes and upper tail of every channel, of whole days, from telemetry alone."""
    outcomes = {row["device"]: row for row in pq.ParquetFile(root / "outcomes/units.parquet").read().to_pylist()}
    units = {row["device"]: row for row in pq.ParquetFile(root / "metadata/units.parquet").read().to_pylist()}
    rows: list[tuple[int, bool, int, int, list[float]]] = []
    for number, (device, outcome) in enumerate(sorted(outcomes.items())):
        fails = np.iinfo(np.int64).max if outcome["failed_at"] is None else outcome["failed_at"].value
        board = units[device]["kind"] == "raspberry-pi"
        for end, numbers in _days_of(root, outcome["site"], device):
            rows.append((number, board, end, fails, numbers))
    statistics = ("mean", "sd", "min", "max", "p95")
    return Days(
        features=np.array([row[4] for row in rows]),
        names=tuple(f"{channel} {what}" for channel in CHANNELS for what in statistics),
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
        if inside.shape[1] < 1000:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a channel that is not fitted has no mean
            numbers = np.stack(
                [
                    np.nanmean(inside, 1),
                    np.nanstd(inside, 1),
                    np.nanmin(inside, 1),
                    np.nanmax(inside, 1),
                    np.nanpercentile(inside, 95, axis=1),
                ],
                axis=1,
            )
        yield int(times[0] + (each + 1) * DAY_NS), np.nan_to_num(numbers).ravel().tolist()


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
    """Each statistic alone, in the better of both directions, and the better of both kinds of devices."""


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
    x, y, unit = days.features[chosen], fails[chosen], days.unit[chosen]
    board = days.board[chosen]
    # what a statistic means depends on the kind: a linear model is given both by themselves
    both = np.column_stack([x * board[:, None], x * ~board[:, None], board])
    guesses: dict[str, NDArray[np.float64]] = {}
    models: dict[str, tuple[Any, NDArray[np.float64]]] = {
        "logistic": (make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3000)), both),
        "boosting": (
            HistGradientBoostingClassifier(max_iter=150, learning_rate=0.05, max_leaf_nodes=15, random_state=0),
            np.column_stack([x, board]),
        ),
    }
    for name, (model, features) in models.items():
        guess = np.zeros(len(y))
        for train, test in GroupKFold(5).split(features, y, unit):
            guess[test] = model.fit(features[train], y[train]).predict_proba(features[test])[:, 1]
        guesses[name] = guess
    single = {}
    for place, name in enumerate(days.names):
        area = float(roc_auc_score(y, x[:, place]))
        single[name] = max(area, 1 - area)
    return Score(
        positive=float(y.mean()),
        logistic=float(roc_auc_score(y, guesses["logistic"])),
        boosting=float(roc_auc_score(y, guesses["boosting"])),
        precision=float(average_precision_score(y, guesses["boosting"])),
        single=single,
    )


def end_of(root: Path) -> int:
    """The end of the observation."""
    import json

    from schemas.scenario.instants import parse_instant

    return parse_instant(json.loads((root / "card.json").read_text())["end"])


def telemetry_of(root: Path) -> Any:
    """The telemetry as a data set of pyarrow."""
    return pds.dataset(root / "telemetry", partitioning="hive")
