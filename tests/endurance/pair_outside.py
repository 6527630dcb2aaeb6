"""Faults of formats, networks, brokers, registry, disk, process, host and API, with what shows them outside."""

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.endurance.pair_faults import Cast, Fault, Seen, lasting, waits
from tests.endurance.pair_stage import STRETCHED, Before, Stage


def rejected(action: str, **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            sink = stage.sinks().get("kafka")
            return sink is not None and sink["frames"]["rejected"] > before.sinks["kafka"]["frames"]["rejected"]

        return lasting(action, seen, do="chaos", action=action, sink="kafka", parameters=parameters)

    return make


def network(action: str, **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        name = f"{action} {cast.side}"
        step = {"do": "chaos", "action": action, "proxy": cast.side, "parameters": parameters}
        return lasting(name, waits(cast.side), **step)

    return make


def stopped(cast: Cast) -> Fault:
    begin, end = (lambda stage: stage.mosquitto.stop()), (lambda stage: stage.mosquitto.cont())
    return Fault("broker SIGSTOP", seen=waits("mqtt"), begin=begin, end=end)


def ended(cast: Cast) -> Fault:
    begin, end = (lambda stage: stage.mosquitto.term()), (lambda stage: stage.mosquitto.start())
    return Fault("broker SIGTERM", seen=waits("mqtt"), begin=begin, end=end)


def on_run(action: str, seen: Seen, **parameters: Any) -> Callable[[Cast], Fault]:
    return lambda cast: lasting(action, seen, do="chaos", action=action, parameters=parameters)


def kafka_errors(error: str) -> Callable[[Cast], Fault]:
    return on_run("kafka-errors", waits("kafka"), error=error, times=1000)


def registry_says(status: int) -> Seen:
    return lambda stage, _: stage.registry_status() == status


def disk(error: str) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return stage.status("/readyz/spool") == 503

        step = {"do": "chaos", "action": "disk", "sink": cast.side, "parameters": {"error": error}}
        return lasting(f"disk {error} {cast.side}", seen, **step)

    return make


def frozen(stage: Stage, before: Before) -> bool:
    return stage.metric(STRETCHED) > before.stretched_s + 0.5


def killed(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        return bool(stage.server.workers()) and stage.server.workers() != [before.pid] and stage.now() is not None

    return Fault("worker SIGKILL", seen=seen, begin=lambda stage: stage.kill_worker())


def of_worker(look: Callable[[psutil.Process, Before], bool]) -> Seen:
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


def rude(cast: Cast) -> Fault:
    client = _Rude()
    return Fault("rude clients", seen=client.seen, begin=client.begin, end=client.end)
