"""The twenty rows of the chaos table, each in some forms: how it is begun, what is seen of it from outside, its end."""

import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import psutil

from tests.endurance.pair_stage import INTERVAL_S, STRETCHED, USUAL_QUEUED, Before, Stage

FOR: Final = "10s"
Side = Literal["mqtt", "kafka"]
Seen = Callable[[Stage, Before], bool]


class Cast(NamedTuple):
    """What a fault of a pair is done to, so that the other one's marks are not taken for its own."""

    devices: tuple[str, ...]
    """Of the kind whose frames the recorder hears."""
    side: Side


def _nothing(stage: Stage) -> None:
    """There is nothing to do from outside."""


@dataclass
class Fault:
    """One fault of one row, once."""

    name: str
    steps: tuple[dict[str, Any], ...] = ()
    """What the product is asked to do."""
    seen: Seen = lambda stage, before: True
    begin: Callable[[Stage], None] = _nothing
    """What is done from outside."""
    end: Callable[[Stage], None] = _nothing
    late: bool = False
    """Whether records carry its mark, so that it is seen as well when they have waited for the other one's end."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    number: int
    forms: tuple[Callable[[Cast], Fault], ...]
    side: Side | None = None
    """The only side that it can be on, or that it is seen on."""


def _step(name: str, seen: Seen, **step: Any) -> Fault:
    return Fault(name, ({"at": "0s", "for": FOR, **step},), seen)


def _once(name: str, seen: Seen, **step: Any) -> Fault:
    return Fault(name, ({"at": "0s", **step},), seen)


def _waits(side: Side) -> Seen:
    """Records wait that do not wait usually."""
    return lambda stage, _: stage.queued(side) >= USUAL_QUEUED[side] + 8


# --- sensors and devices ---


def _lies(fault: str, is_so: Callable[[float], bool], **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            said = stage.said("temperature", cast.devices, before)
            return bool(said) and all(value is not None and is_so(value) for value in said)

        on = {"ids": cast.devices}
        more = {"sensor": "temperature", "fault": fault, "parameters": parameters}
        return _step(fault, seen, do="inject-fault", on=on, **more)

    return make


def _dropout(cast: Cast) -> Fault:
    more = {"sensor": "temperature", "fault": "dropout", "parameters": {"share": 1.0, "leaves": "nothing"}}
    return _step("dropout", _mute(cast), do="inject-fault", on={"ids": cast.devices}, **more)


def _mute(cast: Cast) -> Seen:
    def seen(stage: Stage, before: Before) -> bool:
        said = stage.said("temperature", cast.devices, before)
        return bool(said) and all(value is None for value in said)

    return seen


def _flapping(cast: Cast) -> Fault:
    looks: dict[str, set[bool]] = {device: set() for device in cast.devices}

    def seen(stage: Stage, before: Before) -> bool:
        for device, value in zip(cast.devices, stage.said("temperature", cast.devices, before), strict=False):
            looks[device].add(value is None)
        return all(len(some) == 2 for some in looks.values())

    parameters = {"share": 0.5, "mean_length": 2.0, "leaves": "blank"}
    more = {"sensor": "temperature", "fault": "dropout", "parameters": parameters}
    return _step("flapping", seen, do="inject-fault", on={"ids": cast.devices}, **more)


def _link(fault: str, is_so: Callable[[Stage, Before, str], bool], **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(is_so(stage, before, device) for device in cast.devices)

        step = {"do": "inject-fault", "sensor": "link", "fault": fault, "parameters": parameters}
        made = _step(f"link {fault}", seen, on={"ids": cast.devices}, **step)
        made.late = True
        return made

    return make


def _more(counts: dict[str, int], before: dict[str, int], device: str) -> bool:
    return counts[device] > before.get(device, 0)


def _late(stage: Stage, before: Before, device: str) -> bool:
    return stage.recorder.late_s(device, before.moment) > 2.0


def _skew(least_s: float) -> Callable[[Stage, Before, str], bool]:
    return lambda stage, before, device: stage.recorder.skewed_s(device, before.moment) > least_s


def _crash(what: str, **more: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(_came_back(stage, before, device) for device in cast.devices)

        return _once(what, seen, do="crash", on={"ids": cast.devices}, **more)

    return make


def _came_back(stage: Stage, before: Before, device: str) -> bool:
    kinds = ("ActorFailed", "ActorRestarted")
    found = [[entry["fields"]["address"] for entry in stage.journal(kind, before.journal)] for kind in kinds]
    return all(any(device in address for address in addresses) for addresses in found)


def _silent(what: str, **more: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(stage.silent_s(device) > 2.0 for device in cast.devices)

        return _step(what, seen, do="hang", on={"ids": cast.devices}, **more)

    return make


def _crash_loop(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        failed = Counter(entry["fields"]["address"] for entry in stage.journal("ActorFailed", before.journal))
        return all(sum(n for address, n in failed.items() if device in address) >= 2 for device in cast.devices)

    return _once("crash loop", seen, every="2s", until="7s", do="crash", on={"ids": cast.devices})


def _weak(cast: Cast, cause: bool = False) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        said = stage.said("voltage", cast.devices, before)
        return bool(said) and all(value is not None and value < 4.8 for value in said)

    on = {"ids": cast.devices}
    if cause:
        sag = {"sensor": "body", "fault": "power-sag", "parameters": {"share": 0.08}}
        return _step("power sag", seen, do="inject-fault", on=on, **sag)
    return _step("low power", seen, do="set-parameter", on=on, parameter="supply_v", value=4.7)


def _slow_firmware(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        past_s, found = time.monotonic() - before.moment, stage.devices()
        said = [found[device]["sequence"] - before.sequences[device] for device in cast.devices if device in found]
        return (
            past_s > 4 and len(said) == len(cast.devices) and all(2 * number < past_s / INTERVAL_S for number in said)
        )

    return _step("firmware", seen, do="set-interval", on={"ids": cast.devices}, interval="2s")


# --- actors ---


def _hung_sensor(cast: Cast) -> Fault:
    return _step("hung sensor", _mute(cast), do="hang", on={"ids": cast.devices}, sensor="temperature")


def _flood(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        return stage.metric("data_simulator_run_queue") > 1_000

    action = {"do": "chaos", "action": "flood", "parameters": {"messages": 60_000}}
    return _once("flood", seen, every="1s", until="10s", on={"ids": cast.devices[:1]}, **action)


def _slow_consumer(cast: Cast) -> Fault:
    action = {"do": "chaos", "action": "disk", "parameters": {"error": "slow", "delay_ms": 4000.0}}

    def seen(stage: Stage, before: Before) -> bool:
        sink = stage.sinks().get(cast.side)
        return sink is not None and sink["depth"] > USUAL_QUEUED[cast.side]

    return _step(f"slow consumer {cast.side}", seen, sink=cast.side, **action)


def _hung_sink(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        hung = [entry["fields"]["address"] for entry in stage.journal("ActorHung", before.journal)]
        sink, earlier = stage.sinks().get(cast.side), before.sinks[cast.side]
        return any(cast.side in address for address in hung) and (
            sink is None or sink["depth"] > earlier["depth"] + USUAL_QUEUED[cast.side]
        )

    return _step(f"hung sink {cast.side}", seen, do="hang", sink=cast.side)


# --- formats, networks, brokers, registry, disk ---


def _rejected(action: str, **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            sink = stage.sinks().get("kafka")
            return sink is not None and sink["frames"]["rejected"] > before.sinks["kafka"]["frames"]["rejected"]

        return _step(action, seen, do="chaos", action=action, sink="kafka", parameters=parameters)

    return make


def _network(action: str, **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        name = f"{action} {cast.side}"
        step = {"do": "chaos", "action": action, "proxy": cast.side, "parameters": parameters}
        return _step(name, _waits(cast.side), **step)

    return make


def _stopped(cast: Cast) -> Fault:
    begin, end = (lambda stage: stage.mosquitto.stop()), (lambda stage: stage.mosquitto.cont())
    return Fault("broker SIGSTOP", seen=_waits("mqtt"), begin=begin, end=end)


def _ended(cast: Cast) -> Fault:
    begin, end = (lambda stage: stage.mosquitto.term()), (lambda stage: stage.mosquitto.start())
    return Fault("broker SIGTERM", seen=_waits("mqtt"), begin=begin, end=end)


def _run(action: str, seen: Seen, **parameters: Any) -> Callable[[Cast], Fault]:
    return lambda cast: _step(action, seen, do="chaos", action=action, parameters=parameters)


def _kafka_errors(error: str) -> Callable[[Cast], Fault]:
    return _run("kafka-errors", _waits("kafka"), error=error, times=1000)


def _registry_says(status: int) -> Seen:
    return lambda stage, _: stage.registry_status() == status


def _disk(error: str) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return stage.status("/readyz/spool") == 503

        step = {"do": "chaos", "action": "disk", "sink": cast.side, "parameters": {"error": error}}
        return _step(f"disk {error} {cast.side}", seen, **step)

    return make


# --- process, host, API ---


def _frozen(stage: Stage, before: Before) -> bool:
    return stage.metric(STRETCHED) > before.stretched_s + 0.5


def _killed(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        return bool(stage.server.workers()) and stage.server.workers() != [before.pid] and stage.now() is not None

    return Fault("worker SIGKILL", seen=seen, begin=lambda stage: stage.kill_worker())


def _of_worker(look: Callable[[psutil.Process, Before], bool]) -> Seen:
    def seen(stage: Stage, before: Before) -> bool:
        try:
            return look(stage.worker(), before)
        except psutil.NoSuchProcess:
            return False

    return seen


@dataclass
class _Rude:
    """A client without manners: what is no JSON, too large, unknown; and some that say nothing at all."""

    answers: Counter[int] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def begin(self, stage: Stage) -> None:
        self.thread = threading.Thread(target=self._rage, args=(stage.server.url,), daemon=True)
        self.thread.start()

    def end(self, stage: Stage) -> None:
        self.over.set()
        assert self.thread is not None
        self.thread.join(20)

    def seen(self, stage: Stage, before: Before) -> bool:
        worst = [status for status in self.answers if not 400 <= status < 500 and status != 503]
        assert not worst, self.answers
        return sum(self.answers.values()) >= 60

    def _rage(self, url: str) -> None:
        where = urlsplit(url)
        address = (where.hostname or "", where.port or 0)
        bodies = (b"{", b'{"do": NaN}', b"[" * 50_000, b'{"do": "explode"}', b"x" * (2 << 20), b'{"do":"pause","do":1}')
        silent: list[socket.socket] = []
        while not self.over.wait(0.05):
            try:
                if len(silent) < 20:
                    silent.append(socket.create_connection(address, 5))
                for body in bodies:
                    self._ask(address, body)
            except (OSError, http.client.HTTPException):
                continue  # a server that is being replaced, or hangs up on who says too much
        for each in silent:
            each.close()

    def _ask(self, address: tuple[str, int], body: bytes) -> None:
        client = http.client.HTTPConnection(*address, timeout=5)
        try:
            client.request("POST", "/v1/devices/pi-0001/commands", body, {"Content-Type": "application/json"})
            self.answers[client.getresponse().status] += 1
        finally:
            client.close()


def _rude(cast: Cast) -> Fault:
    client = _Rude()
    return Fault("rude clients", seen=client.seen, begin=client.begin, end=client.end)


ROWS: Final = (
    Row(1, (_lies("stuck", lambda c: c == 99.5, value=99.5), _lies("bias", lambda c: c > 85, offset=60.0))),
    Row(2, (_dropout, _flapping)),
    Row(
        3,
        (
            _link("duplicate", lambda s, b, d: _more(s.recorder.duplicates, b.duplicates, d), share=1.0, later_s=0.2),
            _link("reorder", lambda s, b, d: _more(s.recorder.inversions, b.inversions, d), share=0.5, by=2.0),
            _link("delay", _late, seconds=4.0),
            _link("offline-buffer", _late),
        ),
        "mqtt",
    ),
    Row(4, (_crash("device crash"), _silent("device hang"), _crash_loop)),
    Row(5, (_weak, lambda cast: _weak(cast, True), _slow_firmware)),
    Row(
        6, (_crash("SystemExit", error="SystemExit"), _crash("MemoryError", error="MemoryError", sensor="temperature"))
    ),
    Row(7, (_flood, _slow_consumer)),
    Row(8, (_hung_sensor, _hung_sink)),
    Row(
        9,
        (
            _rejected("unencodable", share=0.5),
            _rejected("schema-change", change="incompatible"),
            _rejected("oversize", share=0.5, kilobytes=2000),
        ),
        "kafka",
    ),
    Row(
        10,
        (
            _network("down"),
            _network("timeout"),
            _network("latency", latency_ms=6000.0),
            _network("reset-peer"),
            _network("bandwidth", rate_kb_per_s=0.05),
        ),
    ),
    Row(11, (_network("wrong-address"), _network("wrong-address", kind="unresolved"))),
    Row(12, (_stopped, _ended), "mqtt"),
    Row(
        13,
        (lambda cast: _network("refuse-login")(cast), lambda cast: _network("refuse-login", reason="quota")(cast)),
        "mqtt",
    ),
    Row(14, (_kafka_errors("not-enough-replicas"), _kafka_errors("not-leader")), "kafka"),
    Row(
        15,
        (
            _run("registry-hang", _registry_says(0)),
            _run("registry-errors", _registry_says(503), status=503),
            _run("registry-errors", _registry_says(409), status=409),
        ),
    ),
    Row(
        16,
        (
            _link("clock-skew", _skew(100), seconds=-600.0),
            _link("clock-jump", _skew(100), seconds=3600.0),
            _link("clock-drift", _skew(4), ppm=1e6),
        ),
        "mqtt",
    ),
    Row(17, (_run("process-freeze", _frozen, seconds=1.5), _killed)),
    Row(
        18,
        (
            _run("cpu-hog", _of_worker(lambda w, b: len(w.children(recursive=True)) > b.children), processes=2),
            _run("memory-hog", _of_worker(lambda w, b: w.memory_info().rss / 2**20 > b.memory_mb + 100), megabytes=150),
            _run("descriptors", _of_worker(lambda w, b: w.rlimit(psutil.RLIMIT_NOFILE)[0] < 400), left=40),
        ),
    ),
    Row(19, (_disk("full"), _disk("read-only"), _disk("broken"))),
    Row(20, (_rude,)),
)
ONE_AFTER_THE_OTHER: Final = frozenset({(9, 14), (12, 13)})
"""Rows on the same side that leave the same mark, so that nobody could tell one from the other; or of which one lets
nothing through that the other could show on."""
