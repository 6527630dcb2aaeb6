"""Random streams: every draw is a function of (seed, name, purpose, step), so nothing is shared and nothing moves.

Counter-based: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), checked against
the known-answer vectors of the authors' Random123 library. The key comes from seed and name by BLAKE2b, never from
`hash()`, which changes from run to run.
"""

from collections.abc import MutableSequence
from functools import lru_cache
from hashlib import blake2b
from math import sqrt
from typing import Final

from engine.elementary import log
from engine.kernels import kernel

_MASK: Final = 0xFFFFFFFF
_M0: Final = 0xD2511F53
_M1: Final = 0xCD9E8D57
_W0: Final = 0x9E3779B9
_W1: Final = 0xBB67AE85
_TWO_MINUS_32: Final = 2.3283064365386963e-10
_TWO_MINUS_52: Final = 2.220446049250313e-16


@kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key, all given as 32-bit words.

    Compiled, the product of two words wraps around in 64 signed bits; the masks after the shifts make its two halves
    right all the same.
    """
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = ((p1 >> 32) & _MASK) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = ((p0 >> 32) & _MASK) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@kernel
def draw(key0: int, key1: int, purpose: int, step: int) -> tuple[int, int, int, int]:
    """Four 32-bit words for one step (0 <= step < 2**63) of one purpose (a 32-bit word)."""
    return philox(step & _MASK, (step >> 32) & _MASK, purpose, 0, key0, key1)


@kernel
def uniform(word: int) -> float:
    """A number in (0, 1), never 0 nor 1, from a 32-bit word."""
    return (word + 0.5) * _TWO_MINUS_32


@kernel
def _central(q: float) -> float:
    """Quantile at 0.5 + q for |q| <= 0.425 (AS241)."""
    r = 0.180625 - q * q
    top = (
        ((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
        + 4.5921953931549871457e4
    ) * r + 1.3731693765509461125e4
    top = ((top * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
    low = (
        ((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
        + 2.1213794301586595867e4
    ) * r + 5.3941960214247511077e3
    low = ((low * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0
    return q * top / low


@kernel
def _near_tail(r: float) -> float:
    """Quantile's size for r = sqrt(-log p), 1.6 < r <= 5 (AS241)."""
    r -= 1.6
    top = (
        ((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
        + 1.27045825245236838258e0
    ) * r + 3.64784832476320460504e0
    top = ((top * r + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
    low = (
        ((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
        + 1.48103976427480074590e-1
    ) * r + 6.89767334985100004550e-1
    low = ((low * r + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r + 1.0
    return top / low


@kernel
def _far_tail(r: float) -> float:
    """Quantile's size for r = sqrt(-log p) > 5 (AS241)."""
    r -= 5.0
    top = (
        ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
        + 2.65321895265761230930e-2
    ) * r + 2.96560571828504891230e-1
    top = ((top * r + 1.78482653991729133580e0) * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
    low = (
        ((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
        + 7.86869131145613259100e-4
    ) * r + 1.48753612908506148525e-2
    low = ((low * r + 1.36929880922735805310e-1) * r + 5.99832206555887937690e-1) * r + 1.0
    return top / low


@kernel
def quantile(p: float) -> float:
    """Quantile of the standard normal at p in (0, 1): Wichura's AS241 (PPND16), relative error about 1e-16."""
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return _central(q)
    r = sqrt(-log(p if q < 0.0 else 1.0 - p))
    size = _near_tail(r) if r <= 5.0 else _far_tail(r)
    return -size if q < 0.0 else size


@kernel
def normal(word: int) -> float:
    """A standard normal number from a 32-bit word (so never beyond 6.4)."""
    return quantile((word + 0.5) * _TWO_MINUS_32)


@kernel(entry="normals", signature="void(int64, int64, int64, int64, float64[::1])")
def normals(key0: int, key1: int, purpose: int, first_step: int, out: MutableSequence[float]) -> None:
    """Fill `out` with the standard normals of steps first_step, first_step + 1...; any split gives the same values.

    One Philox block serves four steps.
    """
    block = -1
    words = (0, 0, 0, 0)
    for i in range(len(out)):
        step = first_step + i
        if step >> 2 != block:
            block = step >> 2
            words = draw(key0, key1, purpose, block)
        lane = step & 3
        word = words[0]
        if lane == 1:
            word = words[1]
        elif lane == 2:
            word = words[2]
        elif lane == 3:
            word = words[3]
        out[i] = normal(word)


def key(seed: int, name: str) -> tuple[int, int]:
    """The 64-bit key of a named thing (a device's id, a sensor's address) under a seed, as two 32-bit words."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


@lru_cache(maxsize=4096)
def word(name: str) -> int:
    """The stable 32-bit word of a purpose's name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


class Stream:
    """Draws for one purpose of one named thing, by step: for what is drawn rarely, in plain Python."""

    __slots__ = ("_key0", "_key1", "_purpose")

    def __init__(self, seed: int, name: str, purpose: str) -> None:
        self._key0, self._key1 = key(seed, name)
        self._purpose = word(purpose)

    def uniform(self, step: int) -> float:
        """A number in (0, 1) with 52 random bits."""
        w0, w1, _, _ = draw(self._key0, self._key1, self._purpose, step)
        return ((w0 >> 6) * 67108864 + (w1 >> 6) + 0.5) * _TWO_MINUS_52

    def normal(self, step: int) -> float:
        """A standard normal number."""
        return quantile(self.uniform(step))

    def integers(self, step: int, n: int) -> int:
        """An integer in [0, n); n >= 1. The bias of any value is below n / 2**64."""
        if n < 1:
            raise ValueError(f"integers below {n}: there are none")
        w0, w1, _, _ = draw(self._key0, self._key1, self._purpose, step)
        return (((w0 << 32) | w1) * n) >> 64
