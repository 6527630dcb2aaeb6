"""The tree of sensors that LibreHardwareMonitor and OpenHardwareMonitor serve at `/data.json`, of all versions.

root > computer > hardware (> sub-hardware) > group of one type > sensor. Only `Text`, `Value` and `Children` are in
every version; `Type` and `SensorId` came with LibreHardwareMonitor 0.9.4, `RawValue` with 0.9.5: first formatted text,
since 0.9.7 a number, null or "NaN". Formats follow the computer's own culture: `12,072 V` on a German Windows.
"""

import json
import re
from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, NamedTuple

MOST_NODES: Final = 50_000
"""A large server has some 2,000."""
MOST_DEPTH: Final = 12
"""A real tree has 6 levels."""
LONGEST_TEXT: Final = 256

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Voltages": "Voltage",
        "Currents": "Current",
        "Powers": "Power",
        "Clocks": "Clock",
        "Temperatures": "Temperature",
        "Load": "Load",
        "Fans": "Fan",
        "Controls": "Control",
        "Factors": "Factor",
    }
)
"""Type of the sensors of a group, by the group's text."""

# .NET writes no thousands separator; U+2212 and U+066B are the minus and the decimal point of some cultures.
_FORMATTED: Final = re.compile(r"\s*([-\u2212+]?\d{1,15}(?:[.,\u066b]\d{1,15})?)\s*(\S{0,16})\s*")


class TreeError(ValueError):
    """The document is no tree of sensors; says what it is instead."""


class Sensor(NamedTuple):
    """One sensor of a tree."""

    hardware: str
    """What it belongs to: the file name of the hardware's picture, `cpu`, `chip`, `mainboard`..."""
    type: str
    """`Temperature`, `Power`...; empty where neither a type nor a group says so."""
    name: str
    value: float
    unit: str


def read_tree(document: bytes) -> tuple[Sensor, ...]:
    """Every sensor of a document that has a value, in its order. Raises `TreeError`."""
    try:
        root = json.loads(document)
    except RecursionError:
        raise TreeError("it is nested too deeply") from None
    except (ValueError, MemoryError):
        raise TreeError("it is no JSON") from None
    if not isinstance(root, dict) or not isinstance(root.get("Children"), list):
        raise TreeError("it is no tree of sensors")
    return tuple(_walk(root))


def formatted(text: object) -> tuple[float | None, str]:
    """Value and unit of a formatted text, `12,072 V` as well as `12.072 V`; nothing for `-` and all else."""
    found = _FORMATTED.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else None
    if found is None:
        return None, ""
    return float(found[1].replace(",", ".").replace("\u066b", ".").replace("\u2212", "-")), found[2]


def _walk(root: Mapping[str, Any]) -> list[Sensor]:
    """By hand rather than by recursion, so that no document can exhaust the stack."""
    found: list[Sensor] = []
    waiting: list[tuple[Any, int, str, str]] = [(root, 0, "", "")]
    nodes = 0
    while waiting:
        node, depth, hardware, group = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES:
            raise TreeError(f"it has more than {MOST_NODES:,} nodes")
        if depth > MOST_DEPTH:
            raise TreeError("it is nested too deeply")
        if not isinstance(node, dict):
            continue
        text, children = node.get("Text"), node.get("Children")
        if isinstance(children, list) and children:
            picture = _picture(node.get("ImageURL"))
            group = GROUPS.get(text, "") if isinstance(text, str) else ""
            hardware = hardware if group else picture or hardware
            waiting.extend((child, depth + 1, hardware, group) for child in reversed(children))
        elif isinstance(text, str) and len(text) <= LONGEST_TEXT:
            _add(found, node, hardware, group, text)
    return found


def _add(found: list[Sensor], node: Mapping[str, Any], hardware: str, group: str, name: str) -> None:
    value, unit = formatted(node.get("Value"))
    raw, kind = node.get("RawValue"), node.get("Type")
    # from 0.9.7 on a number, and then always in the sensor's own unit, which is degC even when degF is shown
    exact = _finite(raw)
    if exact is not None:
        value, unit = exact, "" if unit == "°F" else unit
    if value is not None:
        found.append(Sensor(hardware, kind if isinstance(kind, str) and kind else group, name, value, unit))


def _finite(raw: object) -> float | None:
    """A number that is one; whole numbers beyond all floats are none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return float(raw) if isfinite(raw) else None
    except OverflowError:
        return None


def _picture(url: object) -> str:
    return url.rpartition("/")[2].removesuffix(".png") if isinstance(url, str) and len(url) <= LONGEST_TEXT else ""
