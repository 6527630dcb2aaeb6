"""The scale of health can be read with any colour vision: lightness goes one way, and neighbours stay apart."""

import re
from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from api.resources.dashboard import FOLDER

STOPS: Final = ("100", "75", "50", "25", "0")
LEAST_STEP: Final = 8.0
"""Of CIE lightness between neighbours; 2 is what an eye can just tell apart."""
LEAST_DISTANCE: Final = 12.0
"""CIE76 between neighbours, for every vision; 2.3 is just noticeable."""

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# full severity, on linear RGB.
VISIONS: Final = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# sRGB to CIE XYZ, and the white of D65 (IEC 61966-2-1)
TO_XYZ: Final = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE: Final = np.array([0.9505, 1.0, 1.089])


def scale(theme: str) -> list[NDArray[np.float64]]:
    """The colours of the scale in linear RGB, from new to failed, as the stylesheet has them."""
    text = (FOLDER / "assets" / "css" / "tokens.css").read_text(encoding="utf-8")
    dark, _, light = text.partition(':root[data-theme="light"]')
    found = dict(re.findall(r"--health-(\d+): #([0-9a-f]{6});", dark if theme == "dark" else light))
    assert set(found) == set(STOPS)
    shades = [np.array([int(found[stop][i : i + 2], 16) / 255 for i in (0, 2, 4)]) for stop in STOPS]
    return [np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4) for shade in shades]


def lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* of a colour in linear RGB."""
    ratio = TO_XYZ @ np.clip(linear, 0, 1) / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("vision", VISIONS)
def test_lightness_goes_one_way_and_neighbours_stay_apart(theme: str, vision: str) -> None:
    seen = [lab(np.array(VISIONS[vision]) @ shade) for shade in scale(theme)]
    steps = [float(after[0] - before[0]) for before, after in pairwise(seen)]
    sign = 1 if theme == "dark" else -1
    assert min(sign * step for step in steps) > LEAST_STEP, steps
    apart = [float(np.linalg.norm(after - before)) for before, after in pairwise(seen)]
    assert min(apart) > LEAST_DISTANCE, apart
