"""Which kernels a run begins with: compiled when they lie ready, interpreted when nobody should wait."""

import threading
from typing import Final, Literal

from engine import kernels

KernelMode = Literal["auto", "compiled", "interpreted"]

FEW: Final = 200
"""A fleet up to this size starts interpreted at a pace near real time, while its kernels are compiled aside."""
NEAR_REAL_TIME: Final = 10.0


def load_kernels(mode: KernelMode, devices: int, pace: float) -> str:
    """Make kernels run as asked; answers in words how they do. Their bits are the same either way."""
    if mode != "auto":
        return kernels.load(mode)
    if kernels.ready():
        return kernels.load("auto")
    if devices <= FEW and pace <= NEAR_REAL_TIME:
        kernels.compile_aside(lambda: kernels.load("auto") and None)
        return "interpreted, then compiled"
    filled = threading.Event()
    kernels.compile_aside(filled.set)
    filled.wait()
    return kernels.load("auto")
