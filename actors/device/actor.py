"""The device actor: one closed match, and the way of one sample through its sensors into a frame."""

from collections.abc import Iterable
from typing import Any, Final

from actors.device.conduct import Conduct
from actors.device.link import due_of, through_links
from actors.device.memory import DeviceMemory, Outlets, tell_faults
from actors.device.schedule import NS_PER_S, blend, next_due, uniform_interval
from actors.device.truth import in_force, truth_of
from actors.messages import Booted, CauseArrives, ChanceArrives, Deliver, FaultEnded, Heard, SetChain
from engine.actor import DispatchedActor
from engine.lifecycle import POWERED, SPEAKING, State
from engine.links.base import Delivery
from engine.supervision import PartBack, PartLost
from schemas.commands import ConnectionCommand, Crash, DeviceCommand
from schemas.queries import DeviceView, FaultView, GetDevice
from schemas.readings import Answer, Frame, Reading, Sample

_make: Final = tuple.__new__


class Device(DispatchedActor):
    """Advances its body, tells its sensors what is truly there, and closes a frame when all have answered."""

    def __init__(self, memory: DeviceMemory, outlets: Outlets) -> None:
        super().__init__()
        self._memory = memory
        self._outlets = outlets
        self._conduct = Conduct(memory, self)
        self._sensors: tuple[tuple[str, int, Any], ...] = ()
        self._uniform: int | None = None
        self._timer: Any = None
        self._readings: list[Reading] = []
        self._asked: tuple[tuple[str, int, Any], ...] = ()
        self._answered: tuple[str, ...] = ()
        self._waiting = 0
        self._time_ns = 0
        self._lost: frozenset[str] = frozenset()

    def on_start(self) -> None:
        memory = self._memory
        endpoint = self.dispatcher.directory.endpoint
        self._sensors = tuple((fact.name, fact.place, endpoint(fact.address)) for fact in memory.sensors)
        self._conduct.begin()
        self.arm()

    def on_receive(self, message: Any) -> Any:
        match message:
            case Reading():
                if self._lost and message.sensor in self._lost:
                    self._late(message.sensor)
                    return None
                self._readings.append(message)
                self._waiting -= 1
                if not self._waiting:
                    self._close()
            case int():
                self._sample(message)
            case Answer():
                self._take(message)
            case PartLost(address=address):
                self._part_lost(address)
            case PartBack(address=address):
                self._part_back(address)
            case GetDevice():
                return self._view()
            case Booted(boot=boot):
                self._conduct.booted(boot)
            case Deliver():
                self._deliver_late()
            case CauseArrives():
                self._conduct.faults.disturb()
            case ChanceArrives():
                self._conduct.struck_by_chance()
            case FaultEnded(id=fault):
                self._conduct.faults.ended(fault)
            case Heard(seen=seen, trouble=trouble):
                self._conduct.heard(seen, trouble)
            case Crash():
                raise message.exception()
            case _ if isinstance(message, DeviceCommand):
                return self._conduct.carry_out(message)
            case _:
                raise TypeError(f"device: unknown message {message!r}")
        return None

    @property
    def now_ns(self) -> int:
        """The present simulated instant."""
        return self.dispatcher.now_ns

    def arm(self) -> None:
        """Set the timer by the present intervals: a ring when all sensors share one, else one shot at a time."""
        memory = self._memory
        if self._timer is not None:
            self._timer.cancel()
        # An actor made at the very instant a sample is due still takes it: nothing has been sampled in it yet.
        now = self.now_ns - (memory.frame is None or memory.frame.time_ns < self.now_ns)
        first = next_due(memory.grid, memory.intervals_ns, now)
        self._uniform = uniform_interval(memory.intervals_ns)
        if self._uniform is not None:
            self._timer = self.dispatcher.every(self, self._uniform, first)
        else:
            self._timer = self.dispatcher.at(first, self, first)

    def later(self, when_ns: int, message: object) -> None:
        """Tell oneself something at a later instant; forgotten when this actor dies."""
        self.dispatcher.at(when_ns, self, message)

    def tell_chain(self, sensor: str) -> None:
        """Let a sensor know the faults in force at it."""
        for name, _, endpoint in self._sensors:
            if name == sensor:
                endpoint.tell(SetChain(self._memory.chain(sensor)))

    def deliver(self, deliveries: Iterable[Delivery], links: int = 0) -> None:
        """Let frames go through the link, from one of its faults on; those that are due reach the sinks now.

        What was held up until this instant goes before them, whichever timer comes first: that differs after a restart.
        """
        if self._memory.late:
            self._deliver_late()
        now = self.now_ns
        for each in through_links(self._memory, deliveries, links, now):
            if each.at_ns > now:
                self.later(each.at_ns, Deliver())
            else:
                self._send(each.frame)

    def _deliver_late(self) -> None:
        """Whatever was held up until now or earlier, in the order in which it was due."""
        for each in due_of(self._memory, self.now_ns):
            self._send(each.frame)

    def _send(self, frame: Frame) -> None:
        for sink in self._outlets.frames:
            sink.tell(frame)

    def journal(self, event: object) -> None:
        """Tell the journal."""
        self._outlets.journal.tell(event)

    def connect(self, command: ConnectionCommand) -> bool:
        """Have the sinks act out the connection; false when the device has none of its own."""
        for sink in self._outlets.connections:
            sink.tell(command)
        return bool(self._outlets.connections)

    def _sample(self, due_ns: int) -> None:
        memory = self._memory
        if self._waiting:
            self._close_without_silent()
        if self._uniform is None:
            self._timer = self.dispatcher.at(when := next_due(memory.grid, memory.intervals_ns, due_ns), self, when)
        if memory.faults or memory.state is State.BOOTING:
            self._conduct.settle(due_ns)
        if memory.state not in POWERED:
            return
        clean = self._advance(due_ns)
        if memory.body.resets() != memory.resets:
            self._conduct.fell_over(due_ns)
        if memory.state not in SPEAKING or memory.body.muted():
            return
        if self._uniform is not None and not self._lost:
            sensors = self._sensors
        else:
            sensors = self._due_now(due_ns)
            if not sensors:
                return
        self._time_ns = due_ns
        self._asked = sensors
        self._waiting = len(sensors)
        for _, index, endpoint in sensors:
            endpoint.tell(_make(Sample, (due_ns, clean[index])))

    def _due_now(self, due_ns: int) -> tuple[tuple[str, int, Any], ...]:
        memory = self._memory
        return tuple(
            entry
            for entry in self._sensors
            if entry[0] not in self._lost and memory.grid.is_due(due_ns, memory.intervals_ns[entry[0]])
        )

    def _advance(self, due_ns: int) -> tuple[float | None, ...]:
        """The true values at an instant; between two whole ticks they are blended."""
        memory = self._memory
        body = memory.body
        tick, rest = divmod(due_ns - memory.grid.origin_ns, NS_PER_S)
        if not rest:
            if body.tick < tick:
                body.advance(tick)
                memory.clean = memory.shown = body.clean()
            elif not memory.clean or memory.shown is not memory.clean:
                memory.clean = memory.shown = body.clean()
            return memory.clean
        if body.tick < tick:
            body.advance(tick)
        if body.tick == tick:
            memory.clean_before = body.clean()
            body.advance(tick + 1)
            memory.clean = body.clean()
        share = rest / NS_PER_S
        pairs = zip(memory.clean_before, memory.clean, strict=True)
        memory.shown = tuple(blend(before, later, share) for before, later in pairs)
        return memory.shown

    def _close(self) -> None:
        memory = self._memory
        readings = tuple(self._readings)
        self._readings.clear()
        self._answered = ()
        self._waiting = 0
        body = memory.body
        frame: Frame = _make(
            Frame, (memory.id, memory.kind, memory.sequence, self._time_ns, readings, body.throttled())
        )
        memory.frame = frame
        memory.sequence += 1
        memory.readings += len(readings)
        memory.digest.add(frame)
        if memory.links or memory.late:
            self.deliver((Delivery(self.now_ns, frame),))
        else:
            for sink in self._outlets.frames:
                sink.tell(frame)
        self._conduct.review(body)
        if self._outlets.truth or memory.recorded:
            memory.records.update(frame.time_ns, wear := body.wear(), in_force(memory))
            if self._outlets.truth:
                memory.truth = truth_of(memory, wear)
                for sink in self._outlets.truth:
                    sink.tell(memory.truth)
            if memory.records.untold:
                tell_faults(memory, self._outlets)

    def _take(self, answer: Answer) -> None:
        """An answer that is not exactly one reading: dropped, or duplicated."""
        if answer.sensor in self._lost:
            self._late(answer.sensor)
            return
        self._answered += (answer.sensor,)
        self._readings.extend(answer.readings)
        self._waiting -= 1
        if not self._waiting:
            self._close()

    def _silent(self) -> frozenset[str]:
        """The sensors that were told and have not answered."""
        answered = {*self._answered, *(reading.sensor for reading in self._readings)}
        return frozenset(name for name, _, _ in self._asked if name not in answered)

    def _close_without_silent(self) -> None:
        """The next sample is due and some sensors take no messages: go on without them until they speak again."""
        self._lost |= self._silent()
        self._close()

    def _late(self, sensor: str) -> None:
        """An answer to a frame that is closed: too late to be told, but its sensor speaks again."""
        self._lost -= {sensor}

    def _part_lost(self, address: str) -> None:
        name = address.rpartition("/")[2]
        awaited = self._waiting and name not in self._lost and name in self._silent()
        self._lost |= {name}
        if awaited:
            self._waiting -= 1
            if not self._waiting:
                self._close()

    def _part_back(self, address: str) -> None:
        name = address.rpartition("/")[2]
        self._lost -= {name}
        self.tell_chain(name)

    def _view(self) -> DeviceView:
        memory = self._memory
        return DeviceView(
            device=memory.id,
            kind=memory.kind,
            state=memory.state.value,
            cause=memory.cause,
            sequence=memory.sequence,
            intervals_ns=tuple(memory.intervals_ns.items()),
            labels=tuple(memory.labels.items()),
            faults=tuple(fault.id for fault in memory.faults),
            digest=memory.digest.hex(),
            frame=memory.frame,
            truth=truth_of(memory) if memory.frame else None,
            hanging=tuple(
                FaultView(each.id, each.sensor, each.fault, each.since_ns, each.until_ns, each.parameters)
                for each in memory.faults
            ),
        )
