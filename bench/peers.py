"""The peers of the runtime's benchmarks: the same loads on other machinery, one straightforward script each."""

import heapq
import threading
import time
from collections import deque
from typing import Any

import pykka

# --- bare loops: no actors, only objects with `on_receive` and `tell` over one deque ---


class Node:
    """An object with a `tell` that appends to the common deque."""

    def __init__(self, line: deque[Any], out: "Node | None") -> None:
        self.line = line
        self.out = out
        self.count = 0

    def tell(self, message: Any) -> None:
        self.line.append((self, message))

    def on_receive(self, message: Any) -> None:
        raise NotImplementedError


class SinkNode(Node):
    """Counts."""

    def on_receive(self, _: Any) -> None:
        self.count += 1


class RelayNode(Node):
    """Tells the next one."""

    out: Node

    def on_receive(self, message: Any) -> None:
        self.out.tell(message)


class BurstNode(Node):
    """Tells the sink many times."""

    out: Node

    def on_receive(self, message: Any) -> None:
        out = self.out
        for number in range(message):
            out.tell(number)


def bare_fan_in(senders: int, tells: int) -> float:
    """Messages per second through a bare deque loop."""
    line: deque[Any] = deque()
    sink = SinkNode(line, None)
    nodes = [BurstNode(line, sink) for _ in range(senders)]
    start = time.perf_counter()
    for node in nodes:
        node.tell(tells)
    pop = line.popleft
    while line:
        target, message = pop()
        target.on_receive(message)
    seconds = time.perf_counter() - start
    assert sink.count == senders * tells
    return senders * tells / seconds


def _troupe(sensors: int, per_device: int, line: deque[Any]) -> tuple[SinkNode, list[RelayNode]]:
    sink = SinkNode(line, None)
    devices = [RelayNode(line, sink) for _ in range(sensors // per_device)]
    return sink, [RelayNode(line, device) for device in devices for _ in range(per_device)]


def bare_three_hops(sensors: int, per_device: int, seconds: int) -> float:
    """Readings per second through a bare loop with one timer ring; the timer calls the sensor, two hops are told."""
    line: deque[Any] = deque()
    sink, nodes = _troupe(sensors, per_device, line)
    period = 1_000_000_000
    ring = deque((number * period // sensors, node) for number, node in enumerate(nodes))
    end = seconds * period
    pop = line.popleft
    start = time.perf_counter()
    while ring[0][0] < end:
        now, sensor = ring.popleft()
        ring.append((now + period, sensor))
        sensor.on_receive(now)
        while line:
            target, message = pop()
            target.on_receive(message)
    rate = sensors * seconds / (time.perf_counter() - start)
    assert sink.count == sensors * seconds
    return rate


def heap_three_hops(sensors: int, per_device: int, seconds: int) -> float:
    """The same with the timers in a `heapq`."""
    line: deque[Any] = deque()
    sink, nodes = _troupe(sensors, per_device, line)
    period = 1_000_000_000
    heap = [(number * period // sensors, number, node) for number, node in enumerate(nodes)]
    end = seconds * period
    pop, replace = line.popleft, heapq.heapreplace
    start = time.perf_counter()
    while heap[0][0] < end:
        now, number, sensor = heap[0]
        replace(heap, (now + period, number, sensor))
        sensor.on_receive(now)
        while line:
            target, message = pop()
            target.on_receive(message)
    rate = sensors * seconds / (time.perf_counter() - start)
    assert sink.count == sensors * seconds
    return rate


# --- SimPy ---


def simpy_three_hops(sensors: int, per_device: int, seconds: int) -> float:
    """Readings per second of virtual time with SimPy: processes joined by stores."""
    import simpy

    env = simpy.Environment()
    sink_store = simpy.Store(env)
    counted = 0

    def sensor(first: float, out: Any) -> Any:
        yield env.timeout(first)
        while True:
            yield out.put(env.now)
            yield env.timeout(1.0)

    def device(inbox: Any) -> Any:
        while True:
            reading = yield inbox.get()
            yield sink_store.put(reading)

    def sink() -> Any:
        nonlocal counted
        while True:
            yield sink_store.get()
            counted += 1

    env.process(sink())
    for number in range(sensors // per_device):
        inbox = simpy.Store(env)
        env.process(device(inbox))
        for part in range(per_device):
            env.process(sensor((number * per_device + part) / sensors, inbox))
    start = time.perf_counter()
    env.run(until=seconds)
    rate = counted / (time.perf_counter() - start)
    assert counted >= sensors * seconds - sensors
    return rate


# --- Pykka's own threads ---


class ThreadSink(pykka.ThreadingActor):
    """Counts, and says when it has them all."""

    use_daemon_thread = True

    def __init__(self, wanted: int, done: threading.Event) -> None:
        super().__init__()
        self.left = wanted
        self.done = done

    def on_receive(self, _: Any) -> Any:
        self.left -= 1
        if not self.left:
            self.done.set()


class ThreadBurst(pykka.ThreadingActor):
    """Tells the sink many times."""

    use_daemon_thread = True

    def __init__(self, out: Any) -> None:
        super().__init__()
        self.out = out

    def on_receive(self, message: Any) -> Any:
        for number in range(message):
            self.out.tell(number)


class ThreadEcho(pykka.ThreadingActor):
    """Replies."""

    use_daemon_thread = True

    def on_receive(self, message: Any) -> Any:
        return message


def threading_fan_in(senders: int, tells: int) -> float:
    """Messages per second from as many `ThreadingActor`s to one."""
    done = threading.Event()
    sink = ThreadSink.start(senders * tells, done)
    actors = [ThreadBurst.start(sink) for _ in range(senders)]
    start = time.perf_counter()
    for actor in actors:
        actor.tell(tells)
    assert done.wait(100)
    return senders * tells / (time.perf_counter() - start)


def threading_asks(count: int) -> float:
    """Blocking asks per second of one `ThreadingActor`."""
    ref = ThreadEcho.start()
    start = time.perf_counter()
    for number in range(count):
        ref.ask(number)
    return count / (time.perf_counter() - start)
