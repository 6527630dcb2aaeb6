"""Records and spools for the tests of the spool."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.sinks.base import FileStore, Record, Spool, SpoolLimits
from engine.clock import FakeWall
from schemas.readings import FaultPoint, FaultRecord, FaultTruth, Frame, Reading, Truth, WearTruth

T0 = 1_767_225_600 * 10**9
WORDS = (("temperature", "degC"), ("power", "W"), ("load", "%"), ("voltage", "V"), ("fan", "CFM"), ("clock", "GHz"))


def frame(device: str = "pi-1", sequence: int = 0) -> Frame:
    """A frame as a device makes it."""
    time_ns = T0 + sequence * 10**9
    readings = tuple(
        Reading(word, word, unit, None if word == "fan" else 1.5 * place + sequence, time_ns)
        for place, (word, unit) in enumerate(WORDS)
    )
    return Frame(device, "raspberry-pi", sequence, time_ns, readings, 0x50000)


def truth(device: str = "pi-1", sequence: int = 0) -> Truth:
    """A truth as a device makes it."""
    return Truth(
        device,
        sequence,
        T0 + sequence * 10**9,
        "running",
        0.75,
        None,
        (WearTruth("dust", 0.25, 0.75, 1e6),),
        (FaultTruth("pi-1/fan/0", "fan", "stuck", T0),),
        ("throttled",),
        (("temperature", 41.5), ("fan", None)),
    )


def fault(device: str = "pi-1", sequence: int = 0) -> FaultRecord:
    """A record of a fault as a device makes it."""
    names = f"{device}/temperature/0", "sensor", "stuck", "temperature"
    curve = (FaultPoint(0.0, 0.5), FaultPoint(60.0, 1.0))
    return FaultRecord(device, sequence, T0 + sequence * 10**9, *names, T0, 0.5, None, 1.0, "injected", False, curve)


MAKERS: dict[str, Callable[[str, int], Record]] = {"Frame": frame, "Truth": truth, "FaultRecord": fault}


def spool(path: Path, gated: Callable[[], bool] = lambda: False, **limits: Any) -> Spool:
    """A spool driven by hand, opened."""
    made = Spool(FileStore(path), SpoolLimits(**limits), gated, FakeWall(), threaded=False)
    made.prepare()
    return made


def key(record: Record) -> tuple[str, str, int]:
    """What makes a record itself."""
    return (type(record).__name__, record.device, record.sequence)
