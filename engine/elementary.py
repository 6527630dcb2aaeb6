"""exp, log, sin and power as fixed sequences of + - * / : the same bits on every processor.

The C library's own differ between processors (with and without FMA) by an ulp, which is enough to change a whole
trajectory. Reductions and coefficients are those of Sun's fdlibm (e_exp.c, e_log.c, k_sin.c, k_cos.c); errors stay
below 2 ulp on the ranges named. Powers of two come from integer shifts, which are exact.
"""

from typing import Final

from engine.kernels import kernel

_LOG2E: Final = 1.4426950408889634
_LN2_HI: Final = 6.93147180369123816490e-01
_LN2_LO: Final = 1.90821492927058770002e-10
_HALF_LN2: Final = 0.34657359027997264
_SQRT2: Final = 1.4142135623730951
_TWO_60: Final = 1152921504606846976.0
_TWO_MINUS_60: Final = 8.673617379884035e-19
_TWO_8: Final = 256.0
_TWO_MINUS_8: Final = 0.00390625
_EXP_OVERFLOW: Final = 709.782712893384
_EXP_UNDERFLOW: Final = -745.1332191019411
_HUGE: Final = 1e308

_PI2_1: Final = 1.57079632673412561417e00
_PI2_2: Final = 6.07710050630396597660e-11
_PI2_3: Final = 2.02226624879595063154e-21
_TWO_OVER_PI: Final = 0.6366197723675814


@kernel
def _scale(y: float, k: int) -> float:
    """y * 2**k, exact unless it leaves the range of normal numbers; -1100 <= k <= 1100."""
    while k > 60:
        y *= _TWO_60
        k -= 60
    while k < -60:
        y *= _TWO_MINUS_60
        k += 60
    if k >= 0:
        return y * float(1 << k)
    return y / float(1 << -k)


@kernel
def _exp_part(r: float) -> float:
    """fdlibm's c(r) for |r| <= ln 2 / 2; the polynomial is summed in pairs, which keeps its terms apart in time."""
    t = r * r
    tt = t * t
    head = 1.66666666666666019037e-01 + t * -2.77777777770155933842e-03
    tail = 6.61375632143793436117e-05 + t * -1.65339022054652515390e-06
    return r - t * (head + tt * (tail + tt * 4.13813679705723846039e-08))


@kernel
def exp(x: float) -> float:
    """e**x. Infinite above 709.78, zero below -745.13; accurate to 1 ulp."""
    if x > _EXP_OVERFLOW:
        return _HUGE * _HUGE
    if x < _EXP_UNDERFLOW:
        return 0.0
    if -_HALF_LN2 < x < _HALF_LN2:  # the same as below with k = 0, and the usual case
        c = _exp_part(x)
        return 1.0 + (x + (x * c) / (2.0 - c))
    k = int(x * _LOG2E + 0.5) if x >= 0.0 else int(x * _LOG2E - 0.5)
    hi = x - k * _LN2_HI
    lo = k * _LN2_LO
    r = hi - lo
    c = _exp_part(r)
    return _scale(1.0 - ((lo - (r * c) / (2.0 - c)) - hi), k)


@kernel
def log(x: float) -> float:
    """Natural logarithm of a positive number; -infinity at and below zero (kernels never ask). Accurate to 1 ulp."""
    if x <= 0.0:
        return -_HUGE * _HUGE
    k = 0
    while x > _TWO_60:
        x *= _TWO_MINUS_60
        k += 60
    while x < _TWO_MINUS_60:
        x *= _TWO_60
        k -= 60
    while x > _TWO_8:
        x *= _TWO_MINUS_8
        k += 8
    while x < _TWO_MINUS_8:
        x *= _TWO_8
        k -= 8
    while x > _SQRT2:
        x *= 0.5
        k += 1
    while x < 0.5 * _SQRT2:
        x *= 2.0
        k -= 1
    f = x - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    t2 = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half = 0.5 * f * f
    return k * _LN2_HI - ((half - (s * (half + (t1 + t2)) + k * _LN2_LO)) - f)


@kernel
def _sin_part(r: float) -> float:
    """sin r for |r| <= pi/4."""
    z = r * r
    tail = 8.33333333332248946124e-03 + z * (
        -1.98412698298579493134e-04
        + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
    )
    return r + z * r * (-1.66666666666666324348e-01 + z * tail)


@kernel
def _cos_part(r: float) -> float:
    """cos r for |r| <= pi/4."""
    z = r * r
    tail = z * (
        4.16666666666666019037e-02
        + z
        * (
            -1.38888888888741095749e-03
            + z
            * (
                2.48015872894767294178e-05
                + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))
            )
        )
    )
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + z * tail)


@kernel
def sin(x: float) -> float:
    """Sine of x radians, for |x| <= 1e5; absolute error below 2e-16 there."""
    k = int(x * _TWO_OVER_PI + 0.5) if x >= 0.0 else int(x * _TWO_OVER_PI - 0.5)
    r = ((x - k * _PI2_1) - k * _PI2_2) - k * _PI2_3
    quadrant = k & 3
    if quadrant == 0:
        return _sin_part(r)
    if quadrant == 1:
        return _cos_part(r)
    if quadrant == 2:
        return -_sin_part(r)
    return -_cos_part(r)


@kernel
def power(x: float, y: float) -> float:
    """x**y for x >= 0 (0 at and below zero); relative error about |y log x| ulp."""
    if x <= 0.0:
        return 0.0
    return exp(y * log(x))
