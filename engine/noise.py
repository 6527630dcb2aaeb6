"""The noise of one sensor: a standard normal number per step of its own stream, drawn some steps ahead."""

from collections.abc import MutableSequence

from engine.kernels import kernel
from engine.streams import draw, normal


@kernel(entry="noise", signature="void(int64, int64, int64, int64, int64, float64[::1])")
def noise(key0: int, key1: int, purpose: int, first_step: int, stride: int, out: MutableSequence[float]) -> None:
    """Fill `out` with the noise of steps first_step, first_step + stride...

    Each number depends on its own step alone, so neither the stride nor the length of `out` changes any of them.
    """
    for i in range(len(out)):
        out[i] = normal(draw(key0, key1, purpose, first_step + i * stride)[0])
