"""Records of faults: every one, natural or injected, from its onset to its end, with how severe it was when.

Kept with the device's memory, so that neither a crash nor a checkpoint loses one. Brought up to date with each truth.
What changes a record - its beginning, the first sign of it, its end, the end of the run - is numbered, and told where
somebody asks for records by themselves.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.ageing import MODES
from engine.links import LINK, LINKS
from schemas.commands import BODY
from schemas.readings import FaultPoint, FaultRecord, RecordTruth, WearTruth

ONSET: Final = 0.05
"""Damage from which wear counts as a fault."""
CURVE_STEP: Final = 0.05
"""By how much severity must change for another point of its curve."""
CLOSED_MOST: Final = 1000
"""Ended records that are kept for a device; of more, the oldest are forgotten."""
_NS: Final = 1e9


class InForce(NamedTuple):
    """What a record needs to know of an injected fault."""

    id: str
    sensor: str
    fault: str
    since_ns: int
    first_ns: int | None
    """When it first changed anything; `None` while it has not."""


class _Open:
    __slots__ = (
        "cause",
        "changed_ns",
        "curve",
        "id",
        "layer",
        "mode",
        "number",
        "observable_ns",
        "onset_ns",
        "sensor",
        "severity",
    )

    def __init__(self, id: str, layer: str, mode: str, sensor: str | None, onset_ns: int, cause: str) -> None:
        self.id, self.layer, self.mode, self.sensor = id, layer, mode, sensor
        self.onset_ns, self.cause = onset_ns, cause
        self.observable_ns: int | None = None
        self.severity = 0.0
        self.curve: list[tuple[float, float]] = []
        self.number = -1
        """Of its latest change."""
        self.changed_ns = onset_ns

    def move(self, now_ns: int, severity: float) -> None:
        """How severe it is now."""
        self.severity = severity
        if not self.curve or abs(severity - self.curve[-1][1]) >= CURVE_STEP:
            self.curve.append(((now_ns - self.onset_ns) / _NS, severity))

    def told(self, ended_ns: int | None = None) -> RecordTruth:
        """As the truth tells it."""
        seen = None if self.observable_ns is None else max(self.observable_ns - self.onset_ns, 0) / _NS
        ended = None if ended_ns is None else (ended_ns - self.onset_ns) / _NS
        names = self.id, self.layer, self.mode, self.sensor
        return RecordTruth(*names, self.onset_ns, seen, ended, self.severity, self.cause)

    def whole(self, device: str, ended_ns: int | None = None, *, censored: bool = False) -> FaultRecord:
        """With its curve."""
        curve = tuple(FaultPoint(*point) for point in self.curve)
        return FaultRecord(device, self.number, self.changed_ns, *self.told(ended_ns), censored, curve)

    def plain(self) -> tuple[Any, ...]:
        """As plain data."""
        names = self.id, self.layer, self.mode, self.sensor, self.onset_ns, self.cause
        return names, self.observable_ns, self.severity, tuple(self.curve), self.number, self.changed_ns


class Records:
    """All records of one device."""

    __slots__ = (
        "_causes",
        "_changed",
        "_device",
        "_ended",
        "_made",
        "_next",
        "_open",
        "_started",
        "closed",
        "dominant",
        "streamed",
        "untold",
    )

    def __init__(self, device: str) -> None:
        self._device = device
        self._open: dict[str, _Open] = {}
        self._causes: dict[str, str] = {}
        self._made: dict[str, int] = {}
        self._started = False
        self._next = 0
        """The number of the next change."""
        self._changed: tuple[_Open, ...] = ()
        """What this frame has changed, but for what has ended."""
        self.streamed = False
        """Whether somebody is told of every change."""
        self.untold: tuple[FaultRecord, ...] = ()
        """Changes that are still to be told, in their order; only while they are streamed."""
        self.closed: list[FaultRecord] = []  # an empty deque takes ten times the room, in every device
        self._ended: tuple[RecordTruth, ...] = ()
        """Those that have ended since the truth before the newest."""
        self.dominant: str | None = None

    def blame(self, mode: str, cause: str) -> None:
        """What is about to be seen of a mode has this cause."""
        record = self._open.get(f"wear/{mode}")
        if record is None:
            self._causes[mode] = cause

    def newest_point(self, mode: str) -> tuple[float, bool] | None:
        """Severity in the newest point of a mode's curve, and whether it can be seen; `None` without a record."""
        record = self._open.get(f"wear/{mode}")
        return None if record is None else (record.curve[-1][1], record.observable_ns is not None)

    def update(self, now_ns: int, wear: Sequence[WearTruth], faults: Sequence[InForce]) -> None:
        """Bring everything up to date at the instant of a frame."""
        ended = [*self._wear(now_ns, wear), *self._faults(now_ns, faults)]
        if self._changed:
            changed, self._changed = self._changed, ()
            for record in dict.fromkeys(changed):
                self._tell(record, now_ns)
        self._started = True
        self._ended = tuple(ended)
        worst = max(wear, key=_damage, default=None)
        self.dominant = worst.mode if worst is not None and worst.damage >= ONSET else None

    @property
    def told(self) -> tuple[RecordTruth, ...]:
        """As the newest truth tells them: those in force, and those that have ended since the one before."""
        return (*(record.told() for record in self._open.values()), *self._ended)

    def end(self, now_ns: int) -> None:
        """The run is over: whoever is told of changes is told that the end of those in force is not seen."""
        for record in self._open.values() if self.streamed else ():
            self._tell(record, now_ns, censored=True)

    def take(self) -> tuple[FaultRecord, ...]:
        """The changes that are to be told, which then have been."""
        untold, self.untold = self.untold, ()
        return untold

    def all(self) -> tuple[FaultRecord, ...]:
        """Ended ones and those in force, in the order of their onsets; nobody sees the end of these."""
        going = (each.whole(self._device, censored=True) for each in self._open.values())
        return tuple(sorted((*self.closed, *going), key=lambda one: (one.onset_ns, one.id)))

    def _tell(self, record: _Open, now_ns: int, ended_ns: int | None = None, *, censored: bool = False) -> FaultRecord:
        """Number a change, and keep it for whoever is told of them."""
        record.number, record.changed_ns = self._next, now_ns
        self._next += 1
        whole = record.whole(self._device, ended_ns, censored=censored)
        if self.streamed:
            self.untold += (whole,)
        return whole

    def _wear(self, now_ns: int, wear: Sequence[WearTruth]) -> list[RecordTruth]:
        ended = []
        for part in wear:
            key = f"wear/{part.mode}"
            record = self._open.get(key)
            if part.damage < ONSET:
                if record is not None:
                    ended.append(self._close(key, now_ns))
                continue
            if record is None:
                record = self._begin(key, part.mode, now_ns)
            record.move(now_ns, part.damage)
            if record.observable_ns is None and part.damage >= observable_from(part.mode):
                record.observable_ns = now_ns
                self._changed += (record,)
        return ended

    def _begin(self, key: str, mode: str, now_ns: int) -> _Open:
        number = self._made[mode] = self._made.get(mode, -1) + 1
        cause = self._causes.pop(mode, "wear" if self._started else "initial")
        made = self._open[key] = _Open(f"{self._device}/{mode}/{number}", "wear", mode, None, now_ns, cause)
        self._changed += (made,)
        return made

    def _faults(self, now_ns: int, faults: Sequence[InForce]) -> list[RecordTruth]:
        in_force = {fault.id for fault in faults}
        gone = [key for key, record in self._open.items() if record.layer != "wear" and key not in in_force]
        ended = [self._close(key, now_ns) for key in gone]
        for fault in faults:
            record = self._open.get(fault.id)
            if record is None:
                layer = _layer(fault)
                sensor = fault.sensor if layer == "sensor" else None
                record = _Open(fault.id, layer, fault.fault, sensor, fault.since_ns, "injected")
                self._open[fault.id] = record
                self._changed += (record,)
            record.move(now_ns, 1.0)
            if record.observable_ns != fault.first_ns:
                record.observable_ns = fault.first_ns
                self._changed += (record,)
        return ended

    def _close(self, key: str, now_ns: int) -> RecordTruth:
        record = self._open.pop(key)
        self.closed.append(self._tell(record, now_ns, now_ns))
        del self.closed[:-CLOSED_MOST]
        return record.told(now_ns)

    def snapshot(self) -> tuple[Any, ...]:
        """As plain data."""
        going = {key: record.plain() for key, record in self._open.items()}
        closed, untold = list(map(_plain, self.closed)), list(map(_plain, self.untold))
        ended = tuple(map(tuple, self._ended))
        here = dict(self._causes), dict(self._made), self._started, self._next
        return going, here, closed, untold, ended, self.dominant

    def restore(self, data: tuple[Any, ...]) -> None:
        """As it was."""
        going, here, closed, untold, ended, self.dominant = data
        self._causes, self._made, self._started, self._next = here
        self._open = {}
        for key, (names, observable_ns, severity, curve, number, changed_ns) in going.items():
            record = self._open[key] = _Open(*names)
            record.observable_ns, record.severity, record.curve = observable_ns, severity, list(curve)
            record.number, record.changed_ns = number, changed_ns
        self.closed[:] = map(_whole, closed)
        self.untold = tuple(map(_whole, untold))
        self._ended = tuple(RecordTruth(*one) for one in ended)


def _plain(one: FaultRecord) -> tuple[Any, ...]:
    return (*one[:-1], tuple(map(tuple, one.curve)))


def _whole(plain: Sequence[Any]) -> FaultRecord:
    return FaultRecord._make((*plain[:-1], tuple(FaultPoint(*point) for point in plain[-1])))


def observable_from(mode: str) -> float:
    """Damage from which somebody who knows what to look for could see a failure mode in the readings."""
    found = _OBSERVABLE.get(mode)
    if found is None:
        known = MODES.get(mode) if mode in MODES else None
        found = _OBSERVABLE[mode] = float(getattr(known, "observable_from", _ELSE))
    return found


_ELSE: Final = 0.1
_OBSERVABLE: Final[dict[str, float]] = {}


def _layer(fault: InForce) -> str:
    if fault.sensor == LINK:
        return str(LINKS.get(fault.fault).layer)
    return "cause" if fault.sensor == BODY else "sensor"


def _damage(part: WearTruth) -> float:
    return part.damage
