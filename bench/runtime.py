"""The runtime alone, with minimal actors: transport limits, not application speed.

Peers: `pykka.ThreadingActor`, SimPy with stores, and bare loops over a deque (and a timer ring) with a `tell()`.
"""

import gc
import time
import tracemalloc
from typing import Any, Final

import pykka

from bench import peers
from bench.harness import Limit, Ratio, Workload
from engine.actor import DispatchedActor
from engine.clock import NANOSECONDS
from engine.dispatcher import Dispatcher

SENDERS: Final = 1000
TELLS: Final = 300
SENSORS: Final = 1000
PER_DEVICE: Final = 10
SIMULATED_S: Final = 400
ACTORS: Final = 100_000
TIMERS: Final = 200_000
REAL_S: Final = 5


class Sink(DispatchedActor):
    """Counts."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_receive(self, _: Any) -> Any:
        self.count += 1


class Relay(DispatchedActor):
    """Tells the next one."""

    def __init__(self, out: Any) -> None:
        super().__init__()
        self.out = out

    def on_receive(self, message: Any) -> Any:
        self.out.tell(message)


class Burst(DispatchedActor):
    """Tells the sink many times."""

    def __init__(self, out: Any) -> None:
        super().__init__()
        self.out = out

    def on_receive(self, message: Any) -> Any:
        out = self.out
        for number in range(message):
            out.tell(number)


class Echo(DispatchedActor):
    """Replies."""

    def on_receive(self, message: Any) -> Any:
        return message


def _count(dispatcher: Dispatcher) -> int:
    count: int = dispatcher.ask("sink", pykka.messages.ProxyGetAttr(("count",)), 5.0)
    return count


def fan_in(by_endpoint: bool) -> float:
    """1,000 actors tell one sink 300 times each: messages per second."""
    dispatcher = Dispatcher()
    ref = dispatcher.spawn("sink", 1, Sink.start)
    out: Any = dispatcher.directory.endpoint("sink") if by_endpoint else ref
    with dispatcher.active():
        senders = [Burst.start(out) for _ in range(SENDERS)]
    start = time.perf_counter()
    for sender in senders:
        sender.tell(TELLS)
    dispatcher.run()
    seconds = time.perf_counter() - start
    assert _count(dispatcher) == SENDERS * TELLS
    return SENDERS * TELLS / seconds


def three_hops(sensors: int = SENSORS) -> float:
    """A timer calls a sensor, which tells its device, which tells the sink: readings per second, virtual time."""
    dispatcher = Dispatcher()
    dispatcher.spawn("sink", 1, Sink.start)
    sink = dispatcher.directory.endpoint("sink")
    for device in range(sensors // PER_DEVICE):
        dispatcher.spawn(f"{device}", 1, lambda: Relay.start(sink))
        endpoint = dispatcher.directory.endpoint(f"{device}")
        for sensor in range(PER_DEVICE):
            ref = dispatcher.spawn(f"{device}/{sensor}", 1, lambda out=endpoint: Relay.start(out))  # type: ignore[misc]
            first = (device * PER_DEVICE + sensor) * NANOSECONDS // sensors
            dispatcher.every(ref, NANOSECONDS, first)
    seconds_simulated = max(SIMULATED_S * SENSORS // sensors, 2)
    start = time.perf_counter()
    dispatcher.run(seconds_simulated * NANOSECONDS)
    seconds = time.perf_counter() - start
    readings = _count(dispatcher)
    assert readings == seconds_simulated * sensors
    return readings / seconds


def start_actors() -> float:
    """Seconds to start 100,000 actors."""
    with Dispatcher().active():
        start = time.perf_counter()
        refs = [Echo.start() for _ in range(ACTORS)]
        seconds = time.perf_counter() - start
    assert len(refs) == ACTORS
    return seconds


def stop_actors() -> float:
    """Seconds to stop 100,000 actors one after the other, newest first (`ActorRegistry.stop_all`)."""
    with Dispatcher().active():
        for _ in range(ACTORS):
            Echo.start()
        start = time.perf_counter()
        stopped = pykka.ActorRegistry.stop_all()
        seconds = time.perf_counter() - start
    assert stopped == [True] * ACTORS
    return seconds


def actor_bytes() -> float:
    """Bytes allocated per actor that lives at no address, its ref included."""
    with Dispatcher().active():
        Echo.start()
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            Echo.start()
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / 10_000


def real_timers(percent: float) -> float:
    """200,000 one-second timers at pace 1 for 5 s: a percentile of lateness in milliseconds."""
    dispatcher = Dispatcher(pace=1.0)
    with dispatcher.active():
        for number in range(TIMERS):
            dispatcher.every(Sink.start(), NANOSECONDS, NANOSECONDS + number * NANOSECONDS // TIMERS)
    gc.collect()
    gc.freeze()
    dispatcher.run((REAL_S + 1) * NANOSECONDS)
    gauge = dispatcher.pacer.gauge
    assert gauge.count == TIMERS * REAL_S, "timers were lost"
    assert dispatcher.pacer.stretched_ns == 0, "time was stretched: the timers were not held"
    return gauge.percentile(percent) / 1e6


def asks_outside() -> float:
    """Blocking asks per second from another thread."""
    dispatcher = Dispatcher()
    with dispatcher.active():
        ref = Echo.start()
    dispatcher.run_in_thread()
    start = time.perf_counter()
    for number in range(10_000):
        ref.ask(number, timeout=5.0)
    rate = 10_000 / (time.perf_counter() - start)
    dispatcher.close()
    return rate


def asks_pipelined() -> float:
    """Asks per second with `block=False`, 100 outstanding, on the dispatcher's own thread."""
    dispatcher = Dispatcher()
    with dispatcher.active():
        ref = Echo.start()
    start = time.perf_counter()
    for _ in range(1000):
        futures = [ref.ask(number, block=False) for number in range(100)]
        dispatcher.run()
        assert futures[-1].get(timeout=1.0) == 99
    return 100_000 / (time.perf_counter() - start)


WORKLOADS: Final = (
    Workload("fan-in: dispatched, endpoint", "messages/s", lambda: fan_in(True)),
    Workload("fan-in: dispatched, ref", "messages/s", lambda: fan_in(False)),
    Workload("fan-in: bare deque loop with tell()", "messages/s", lambda: peers.bare_fan_in(SENDERS, TELLS)),
    Workload("fan-in: ThreadingActor", "messages/s", lambda: peers.threading_fan_in(SENDERS, TELLS // 10)),
    Workload(
        "fan-in: ThreadingActor pinned", "messages/s", lambda: peers.threading_fan_in(SENDERS, TELLS // 10), pinned=True
    ),
    Workload("three hops: dispatched", "readings/s", three_hops),
    Workload("three hops: dispatched, 10,000 sensors", "readings/s", lambda: three_hops(10 * SENSORS)),
    Workload(
        "three hops: bare ring and deque with tell()",
        "readings/s",
        lambda: peers.bare_three_hops(SENSORS, PER_DEVICE, SIMULATED_S),
    ),
    Workload(
        "three hops: bare heap and deque with tell()",
        "readings/s",
        lambda: peers.heap_three_hops(SENSORS, PER_DEVICE, SIMULATED_S),
    ),
    Workload(
        "three hops: SimPy stores", "readings/s", lambda: peers.simpy_three_hops(SENSORS, PER_DEVICE, SIMULATED_S // 10)
    ),
    Workload("start 100,000 actors", "s", start_actors),
    Workload("stop 100,000 actors", "s", stop_actors),
    Workload("bytes per actor", "B", actor_bytes),
    Workload("200,000 one-second timers: p99 lateness", "ms", lambda: real_timers(99.0)),
    Workload("ask from another thread", "asks/s", asks_outside),
    Workload("ask: ThreadingActor", "asks/s", lambda: peers.threading_asks(5000)),
    Workload("ask pipelined", "asks/s", asks_pipelined),
)

RATIOS: Final = (
    Ratio("fan-in (endpoint) / ThreadingActor", WORKLOADS[0].name, WORKLOADS[3].name, 12.0),
    Ratio("fan-in (endpoint) / ThreadingActor pinned to one core", WORKLOADS[0].name, WORKLOADS[4].name, 12.0),
    Ratio("fan-in (endpoint) / bare deque loop with tell()", WORKLOADS[0].name, WORKLOADS[2].name, 0.6),
    Ratio("fan-in (ref) / bare deque loop with tell()", WORKLOADS[1].name, WORKLOADS[2].name, 0.6),
    Ratio("three hops / SimPy stores", WORKLOADS[5].name, WORKLOADS[9].name, 15.0),
    Ratio("three hops / bare ring and deque with tell()", WORKLOADS[5].name, WORKLOADS[7].name, 0.5),
    Ratio("three hops / bare heap and deque with tell()", WORKLOADS[5].name, WORKLOADS[8].name),
    Ratio("three hops: 10,000 sensors / 1,000", WORKLOADS[6].name, WORKLOADS[5].name),
)

LIMITS: Final = (
    Limit("start 100,000 actors", at_most=2.0),
    Limit("stop 100,000 actors", at_most=2.0),
    Limit("bytes per actor", at_most=1024),
    Limit("200,000 one-second timers: p99 lateness", at_most=50.0),
)
