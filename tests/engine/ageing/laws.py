"""What tests of wear laws share: statistics of a population, and what of the plant is as new."""

from collections.abc import Callable, Sequence
from math import exp, fsum, log, sqrt
from statistics import fmean
from typing import Final

from engine.physics.layout import NEUTRAL, PLANT
from tests.contracts.modes import Bench

UNITS: Final = 2000


def kolmogorov_p(samples: Sequence[float], cdf: Callable[[float], float]) -> float:
    """p of the one-sample Kolmogorov-Smirnov test (asymptotic series with Stephens' correction)."""
    n = len(samples)
    shares = [cdf(sample) for sample in sorted(samples)]
    gap = max(max((i + 1) / n - share, share - i / n) for i, share in enumerate(shares))
    x = gap * (sqrt(n) + 0.12 + 0.11 / sqrt(n))
    return min(1.0, 2.0 * fsum((-1.0) ** (k - 1) * exp(-2.0 * k * k * x * x) for k in range(1, 101)))


def weibull_shape(samples: Sequence[float]) -> float:
    """Shape by maximum likelihood (bisection on its score)."""
    logs = [log(sample / max(samples)) for sample in samples]

    def score(shape: float) -> float:
        weights = [exp(shape * value) for value in logs]
        return sum(w * v for w, v in zip(weights, logs, strict=True)) / sum(weights) - 1.0 / shape - fmean(logs)

    lo, hi = 0.05, 50.0
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if score(middle) < 0.0 else (lo, middle)
    return (lo + hi) / 2


def untouched(bench: Bench, *touched: int) -> bool:
    """Whether everything but the named factors is as new."""
    return all(
        factor == neutral or PLANT.start + i in touched
        for i, (factor, neutral) in enumerate(zip(bench.plant(), NEUTRAL, strict=True))
    )
