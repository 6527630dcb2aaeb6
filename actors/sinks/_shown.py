"""How readings and truths are shown to people: the same words and decimals in the table and in plain lines."""

from collections.abc import Mapping
from typing import Final

from schemas.instants import iso
from schemas.printable import printable
from schemas.quantities import QUANTITIES, UNITS, Quantity
from schemas.readings import FaultRecord, Frame, Reading, Truth

DECIMALS: Final[Mapping[str, int]] = {"temperature": 1, "power": 2, "load": 1, "voltage": 3, "fan": 2, "clock": 3}
"""Digits shown after the point, about one more than the noise of the sensors leaves standing."""
NOT_FITTED: Final = "-"
"""Shown for a sensor that knows no value."""
SILENT: Final = "?"
"""Shown for a sensor that said nothing in this frame."""

_THROTTLED: Final = ((1, "under-voltage"), (2, "capped"), (4, "throttled"), (8, "soft-limit"))
"""Bits 0 to 3 of `get_throttled`: what is so now (bits 16 to 19: what has been so since boot)."""
_DAY_S: Final = 86_400


def number(value: float | None, decimals: int) -> str:
    """A value as it is shown."""
    return NOT_FITTED if value is None else f"{value:.{decimals}f}"


def flags(throttled: int | None) -> str:
    """The firmware's flags in words, as far as they say what is so now."""
    return "" if not throttled else " ".join(word for bit, word in _THROTTLED if throttled & bit)


def life(seconds: float | None) -> str:
    """A remaining useful life, in the unit people would use."""
    if seconds is None:
        return NOT_FITTED
    return f"{seconds / _DAY_S:.1f}d" if seconds >= _DAY_S else f"{seconds / 3600:.1f}h"


def frame_line(frame: Frame, device_width: int = 0) -> str:
    """A frame on one line: always the same fields in the same order, in columns, then what else it holds."""
    first = {reading.quantity: reading for reading in reversed(frame.readings)}
    fields = [_field(quantity, first.get(quantity)) for quantity in QUANTITIES]
    others = [reading for reading in frame.readings if first[reading.quantity] is not reading]
    more = [f"{printable(one.sensor)}={number(one.value, 3)}{printable(one.unit)}" for one in others]
    word = NOT_FITTED if frame.throttled is None else hex(frame.throttled)
    head = f"{short(frame.time_ns)} {printable(frame.device):<{device_width}} seq={frame.sequence:<7}"
    return " ".join((head, *fields, f"throttled={word}", *more))


def line(record: Frame | Truth | FaultRecord, device_width: int = 0) -> str:
    """A record on one line."""
    if isinstance(record, Frame):
        return frame_line(record, device_width)
    return truth_line(record, device_width) if isinstance(record, Truth) else fault_line(record, device_width)


def truth_line(truth: Truth, device_width: int = 0) -> str:
    """A truth on one line."""
    faults = ",".join(f"{fault.fault}@{fault.sensor}" for fault in truth.faults) or NOT_FITTED
    symptoms = ",".join(truth.symptoms) or NOT_FITTED
    return (
        f"{short(truth.time_ns)} {printable(truth.device):<{device_width}} seq={truth.sequence:<7} "
        f"truth state={truth.state} health={truth.health:.3f} rul={life(truth.rul_s)} "
        f"faults={printable(faults)} symptoms={printable(symptoms)}"
    )


def fault_line(fault: FaultRecord, device_width: int = 0) -> str:
    """The record of a fault on one line."""
    where = "" if fault.sensor is None else f"@{printable(fault.sensor)}"
    return (
        f"{short(fault.time_ns)} {printable(fault.device):<{device_width}} seq={fault.sequence:<7} "
        f"fault {printable(fault.mode)}{where} id={printable(fault.id)} layer={fault.layer} "
        f"severity={fault.severity:.2f} onset={short(fault.onset_ns)} {_standing(fault)} cause={printable(fault.cause)}"
    )


def _standing(fault: FaultRecord) -> str:
    if fault.ended_after_s is not None:
        return f"ended=+{fault.ended_after_s:g}s"
    if fault.censored:
        return "end=not-seen"
    return "observable=not-yet" if fault.observable_after_s is None else f"observable=+{fault.observable_after_s:g}s"


def short(time_ns: int) -> str:
    """An instant down to the millisecond."""
    return iso(time_ns)[:23] + "Z"


def _field(quantity: Quantity, reading: Reading | None) -> str:
    """`temperature=48.3degC`, as wide as it ever gets for usual values."""
    unit = UNITS[quantity] if reading is None else printable(reading.unit)
    text = SILENT if reading is None else number(reading.value, DECIMALS[quantity])
    whole = f"{quantity}={text}" if text in (SILENT, NOT_FITTED) else f"{quantity}={text}{unit}"
    return f"{whole:<{_WIDTHS[quantity]}}"


_WIDTHS: Final[Mapping[str, int]] = {
    quantity: len(quantity) + 1 + 4 + DECIMALS[quantity] + len(UNITS[quantity]) for quantity in QUANTITIES
}
"""Room for three digits before the point."""
