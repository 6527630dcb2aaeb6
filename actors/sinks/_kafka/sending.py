"""The sending side of the pump: what is drawn from the lane, parked, tried and handed over to the client."""

from collections import deque
from typing import Final

from actors.sinks._kafka.care import Care
from actors.sinks._kafka.carrier import Carrier
from actors.sinks._kafka.doubts import Doubts
from actors.sinks._kafka.parcels import Parcel, hand_over
from actors.sinks._kafka.routes import FAULTS, TRUTHS, Route
from actors.sinks._kafka.works import Works
from actors.sinks.base import Pass, Record, Spool
from engine.clock import Wall
from schemas.readings import FaultRecord, Frame, Truth

MOST_PARKED: Final = 100_000
"""Records that may wait for their topic or schema while others flow."""
_BESIDE: Final[dict[type, str]] = {Truth: TRUTHS, FaultRecord: FAULTS}


class Sending:
    """See the module. Base of the pump, which settles what becomes of it."""

    def __init__(self, lane: Spool, wall: Wall) -> None:
        self._lane = lane
        self._wall = wall
        self._care = Care()
        self._doubts = Doubts()
        self._finished: list[Parcel] = []
        self._stuck: deque[Parcel] = deque()
        """What the client's queue had no room for."""
        self._uncommitted: list[Parcel] = []
        self._refused: dict[int, tuple[Record, str]] = {}
        self._sent = 0
        self._probing = False

    def _send(self, works: Works, carrier: Carrier, mine: Pass) -> int:
        """Hand over what may go; how many were drawn for it."""
        while self._stuck:
            if not hand_over(self._stuck[0], carrier.produce):
                return 0
            self._stuck.popleft()
        if self._probe(works, carrier):
            return 0
        self._unpark(works, carrier)
        full = self._stuck or works.routes.parked() >= MOST_PARKED
        room = 0 if full else self._most(works, carrier)
        drawn = self._lane.draw(mine, room) if room else ()
        if drawn:
            self._care.passed(drawn[0].row)
        for row, record, _ in drawn:
            self._route(works, carrier, row, record)
        return 0 if self._stuck else len(drawn)

    def _most(self, works: Works, carrier: Carrier) -> int:
        """How many records may be handed over now."""
        alone = self._care.most or (works.batch if carrier.transactional else 0)
        if alone:
            return 0 if self._sent or self._uncommitted else alone
        return works.batch

    def _route(self, works: Works, carrier: Carrier, row: int, record: Record) -> None:
        route = works.routes.of(record.kind if isinstance(record, Frame) else _BESIDE[type(record)])
        if isinstance(route, str):
            self._refused[row] = record, route
        elif route.refusal:
            self._refused[row] = record, f"schema of {route.subject} refused: {route.refusal}"
        else:
            parcel = Parcel(row, record, route, self._finished)
            if route.parked or not route.clear:
                route.parked.append(parcel)
            else:
                self._dispatch(works, carrier, parcel)

    def _dispatch(self, works: Works, carrier: Carrier, parcel: Parcel) -> None:
        route = parcel.route
        try:
            works.packer.pack(parcel, route.head or b"")
        except Exception as error:  # a format of someone else may raise anything
            self._refused[parcel.row] = parcel.record, f"{type(error).__name__}: {error}"
            return
        time_ns = self._doubts.time_ns = parcel.record.time_ns
        if time_ns < route.floor_ns or time_ns > route.ceiling_ns:
            route.warn_of(time_ns, works.warn)
        self._sent += 1
        if not parcel.left:
            self._finished.append(parcel)
        elif self._stuck or not hand_over(parcel, carrier.produce):
            self._stuck.append(parcel)

    def _unpark(self, works: Works, carrier: Carrier) -> None:
        """Send what was parked and may go now; reject it when its schema is refused."""
        limit = self._most(works, carrier)
        while limit and not self._stuck and (route := works.routes.first(_movable)) is not None:
            parcel = route.parked.popleft()
            limit -= 1
            if route.refusal:
                self._refused[parcel.row] = parcel.record, f"schema of {route.subject} refused: {route.refusal}"
            else:
                self._dispatch(works, carrier, parcel)

    def _probe(self, works: Works, carrier: Carrier) -> bool:
        """Try a topic that was left alone for long enough, with one record and nothing beside it: if it spoils the
        producer, nothing else is in doubt. Whether the others have to wait for this."""
        if self._probing:
            self._probing = bool(self._sent)
            return self._probing
        now = self._wall.monotonic_ns()
        route = works.routes.first(lambda route: route.due(now))
        if route is None:
            return False
        if not self._sent and not self._uncommitted:
            route.probe()
            self._probing = True
            self._dispatch(works, carrier, route.parked.popleft())
        return True


def _movable(route: Route) -> bool:
    return route.clear or bool(route.refusal)
