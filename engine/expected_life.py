"""Expected remaining life of a Weibull part of which only the age is known: what uncertainty costs a predictor.

At constant stress, for a part of age t: m(t) = (eta / beta) e^x Gamma(1 / beta) Q(1 / beta, x) with x = (t / eta)^beta
and Q the regularised upper incomplete gamma function. The truth knows more: the unit's own life.
"""

from math import exp, gamma, lgamma, log
from typing import Final

_ROUNDS: Final = 500
_SMALL: Final = 1e-300
_EXACT: Final = 1e-15


def expected_rul(age: float, scale: float, shape: float) -> float:
    """m(t), in the unit of age and scale. `ValueError` for an age below 0, or a scale or shape that is not above 0."""
    if age < 0.0 or scale <= 0.0 or shape <= 0.0:
        raise ValueError(f"age {age}, scale {scale}, shape {shape}; allowed: age from 0, scale and shape above 0")
    a = 1.0 / shape
    x = float((age / scale) ** shape)
    return scale / shape * gamma(a) * _scaled_upper(a, x)


def _scaled_upper(a: float, x: float) -> float:
    """e^x Q(a, x): a series below a + 1, Lentz's continued fraction above (Numerical Recipes, 6.2)."""
    if x == 0.0:
        return 1.0
    front = exp(a * log(x) - lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        for n in range(1, _ROUNDS):
            term *= x / (a + n)
            total += term
            if term < total * _EXACT:
                break
        return exp(x) - front * total
    b = x + 1.0 - a
    c, d = 1.0 / _SMALL, 1.0 / b
    h = d
    for n in range(1, _ROUNDS):
        factor = -n * (n - a)
        b += 2.0
        d = 1.0 / (factor * d + b or _SMALL)
        c = b + factor / c or _SMALL
        h *= d * c
        if abs(d * c - 1.0) < _EXACT:
            break
    return front * h
