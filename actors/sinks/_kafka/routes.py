"""Routes: a topic and one kind of record on it, with what must be so before any of them may go."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from actors.registry import SchemaIds, Strategy, subject_name
from actors.sinks._kafka.parcels import MILLISECOND, Parcel
from actors.sinks._kafka.scout import Keeping
from actors.sinks._kafka.templates import filled
from engine.clock import NANOSECONDS, WallClock
from schemas.formats.base import Format, What, header, is_wire
from schemas.instants import iso

HOLD_S: Final = 1.0
"""How long a topic that cannot be written to is left alone at first; twice as long each time, up to the longest."""
LONGEST_HOLD_S: Final = 30.0
TRUTHS: Final = "\0truth"
FAULTS: Final = "\0fault"
"""Stand where otherwise the kind of a frame's device does."""


class Scouting(Protocol):
    """What finds out how it stands with topics."""

    def ready(self, topic: str) -> bool:
        """Whether all is known that can be known; asks for it if need be."""

    def keeping(self, topic: str) -> Keeping:
        """What a topic that is ready says of instants."""


class Route:
    """See the module. Records that may not go yet are parked, in their order."""

    def __init__(self, topic: str, what: What, subject: str, schema: str) -> None:
        self.topic = topic
        self.what: What = what
        self.subject = subject
        self.schema = schema
        """Text to be registered; empty when the format has none."""
        self.head: bytes | None = None if schema else b""
        """What stands before each body; `None` while the registry has not said."""
        self.refusal = ""
        """Why the registry will never take the schema."""
        self.scouted = False
        self.parked: deque[Parcel] = deque()
        self.denial = ""
        """Why nothing can be written to the topic now."""
        self.until_ns = 0
        self.probing = False
        self.floor_ns = -(2**63)
        """Records of an earlier instant are worth a warning."""
        self.ceiling_ns = 2**63
        self._warning = ("", "")
        self._streak = 0

    @property
    def clear(self) -> bool:
        """Whether records may go."""
        return self.ready and not self.denial

    @property
    def ready(self) -> bool:
        """Whether records could go if the topic took them."""
        return self.head is not None and self.scouted

    @property
    def waits_for(self) -> str:
        """What the parked records wait for, for people."""
        if self.denial:
            return f"topic {self.topic}: {self.denial}"
        return "" if self.scouted else f"topic {self.topic}: not looked up yet"

    def deny(self, reason: str, now_ns: int) -> None:
        """Leave the topic alone for a while."""
        if self.until_ns <= now_ns or self.probing:  # several reports of one attempt are one
            self.until_ns = now_ns + int(min(HOLD_S * 2**self._streak, LONGEST_HOLD_S) * NANOSECONDS)
            self._streak = min(self._streak + 1, 10)
        self.denial = reason
        self.probing = False

    def due(self, now_ns: int) -> bool:
        """Whether it was left alone for long enough."""
        return bool(self.denial) and self.until_ns <= now_ns and self.ready

    def probe(self) -> None:
        """One record is under way to a topic that was denied."""
        self.probing = True

    def bound(self, keeping: Keeping, epoch_ns: int) -> None:
        """Know what the topic says of instants; `epoch_ns` is the present."""
        past = [ms for ms in (keeping.retention_ms, keeping.past_ms) if ms is not None]
        if past:
            self.floor_ns = epoch_ns - min(past) * MILLISECOND
        if keeping.future_ms is not None:
            self.ceiling_ns = epoch_ns + keeping.future_ms * MILLISECOND
        kept_s = (keeping.retention_ms or 0) // 1000
        deleted = f"it keeps records for {kept_s} s and will delete them soon"
        refused = f"it refuses records older than {(keeping.past_ms or 0) // 1000} s"
        kept = keeping.retention_ms is not None and min(past) == keeping.retention_ms
        ahead = f"it refuses records more than {(keeping.future_ms or 0) // 1000} s ahead of the present"
        self._warning = (deleted if kept else refused, ahead)

    def warn_of(self, time_ns: int, warn: Callable[[str], None]) -> None:
        """Say once that records of this instant will not last, or will not be taken."""
        if time_ns < self.floor_ns:
            self.floor_ns = -(2**63)
            warn(f"topic {self.topic}: records of {iso(time_ns)}: {self._warning[0]}")
        else:
            self.ceiling_ns = 2**63
            warn(f"topic {self.topic}: records of {iso(time_ns)}: {self._warning[1]}")

    def free(self) -> None:
        """Something was written to it."""
        self.denial = ""
        self.probing = False
        self._streak = 0


class Routes:
    """The routes of one sink. Belongs to the writer's thread."""

    def __init__(
        self,
        form: Format,
        base: str,
        templates: tuple[str, str, str],
        data: What,
        strategy: Strategy,
    ) -> None:
        """`base` stands for `{topic}`; templates of data, truth and faults; `data` is what records of a frame are."""
        self._form = form
        self._base = base
        self._data_template, *besides = templates
        self._besides: dict[str, tuple[What, str]] = {TRUTHS: ("truth", besides[0]), FAULTS: ("fault", besides[1])}
        self._data: What = data
        self._strategy = strategy
        self._by_kind: dict[str, Route | str] = {}

    def __iter__(self) -> Iterator[Route]:
        return (route for route in self._by_kind.values() if isinstance(route, Route))

    def of(self, kind: str) -> Route | str:
        """The route of the frames of a kind of device, of `TRUTHS` or of `FAULTS`; or why there can be none."""
        found = self._by_kind.get(kind)
        if found is None:
            found = self._by_kind[kind] = self._make(kind)
        return found

    def _make(self, kind: str) -> Route | str:
        what, template = self._besides.get(kind, (self._data, self._data_template))
        try:
            topic = filled(template, topic=self._base, kind=kind)
        except ValueError as error:
            return f"no topic for it: {error}"
        for other in self:
            if other.topic == topic and other.what == what:
                return other
        if not is_wire(self._form):
            return Route(topic, what, "", "")
        subject = subject_name(self._strategy, topic, self._form.record_name(what))
        return Route(topic, what, subject, self._form.schema(what))

    def refresh(self, ids: SchemaIds | None, schema_type: str, scout: Scouting) -> None:
        """Look once more at what may have changed aside."""
        for route in self:
            if route.schema and ids is not None:
                found = ids.get(route.subject, route.schema, schema_type)
                if found is not None:
                    route.head, route.refusal = header(found), ""
                else:
                    state = ids.state(route.subject, route.schema, schema_type)
                    route.head, route.refusal = None, state.reason if state.state == "refused" else ""
            if not route.scouted and scout.ready(route.topic):
                route.scouted = True
                route.bound(scout.keeping(route.topic), WallClock.epoch_ns())

    def parked(self) -> int:
        """Records that may not go yet."""
        return sum(len(route.parked) for route in set(self))

    def forget_parked(self) -> None:
        """All that is parked was given back to the lane."""
        for route in self:
            route.parked.clear()
            route.probing = False

    def first(self, wanted: Callable[[Route], bool]) -> Route | None:
        """The first route that has parked records and is as wanted."""
        return next((route for route in self if route.parked and wanted(route)), None)
