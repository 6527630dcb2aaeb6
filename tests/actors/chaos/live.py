"""A served fleet on embedded brokers that chaos is done to, and what can be seen of it from outside.

Two recorders that know nothing of the sinks hear what really arrives, behind the brokers and past the proxies; the API
tells the books; `/proc` tells of the process.
"""

import calendar
import io
import json
import re
import socket
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import confluent_kafka
import fastavro

from tests.actors.sinks.mqtt_rig import Recorder
from tests.api.serving.server_process import Server

FLEET = """version: 1
name: rows
seed: 5
fleet:
  - {name: pi, kind: raspberry-pi, count: 10}
  - {name: cpu, kind: cpu, count: 5}
sinks:
  - {kind: mqtt, select: {kinds: [raspberry-pi]}, options: {payload: frame}}
  - {kind: kafka, select: {kinds: [cpu]}, options: {payload: frame}}
  - {kind: file, select: {kinds: [raspberry-pi]}, options: {path: slow.jsonl, capacity: 25}}
proxies: [mqtt, kafka]
chaos: {formats: [kafka]}
"""
DEVICES = {"mqtt": 10, "kafka": 5}
BACK_S = 30.0
"""Of simulated time at pace 1, by which all is to be well again."""
FRESH_S = 2.5


class Heard:
    """What one recorder has heard, in its order: device, number, the instant it bears, when it came."""

    def __init__(self) -> None:
        self.records: list[tuple[str, int, float, float]] = []
        self.unreadable = 0
        self.schemas: list[int] = []

    def silent_s(self) -> float:
        """Since when nobody has been heard."""
        return time.monotonic() - self.records[-1][3] if self.records else 1e9

    def pause_s(self, since: int) -> float:
        """The longest time without anybody, from a record on."""
        came = [one[3] for one in self.records[since:]]
        return max((b - a for a, b in pairwise(came)), default=0.0)

    def fresh(self) -> set[str]:
        """Who has been heard of late."""
        since = time.monotonic() - FRESH_S
        found: set[str] = set()
        for device, _, _, came in reversed(self.records):
            if came < since:
                break
            found.add(device)
        return found

    def numbers(self) -> dict[str, list[int]]:
        """Numbers by device in the order in which each was first heard."""
        found: dict[str, dict[int, None]] = defaultdict(dict)
        for device, number, _, _ in tuple(self.records):
            found[device].setdefault(number)
        return {device: list(numbers) for device, numbers in found.items()}

    def inversions(self) -> int:
        """First receipts that came after a later one of their device."""
        return sum(b < a for numbers in self.numbers().values() for a, b in pairwise(numbers))

    def missing(self) -> int:
        """Numbers below the newest that never came."""
        return sum(max(numbers) + 1 - len(numbers) for numbers in self.numbers().values())

    def duplicates(self) -> int:
        """What came again."""
        return len(self.records) - sum(map(len, self.numbers().values()))


class Counting:
    """Somebody at a port who takes connections, ends them at once and remembers when they came."""

    def __init__(self) -> None:
        self.came: list[float] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            self.came.append(time.monotonic())
            link.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Live:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rows.yaml").write_text(FLEET, encoding="utf-8")
        self.server = Server(folder, "--scenario", "rows.yaml", "--port", "0", "--state", "st")
        self.heard = {"mqtt": Heard(), "kafka": Heard()}
        self._over = threading.Event()
        try:
            self.server.ready()
            (self.worker,) = self.server.workers()
            said = self.server.said
            host, _, port = re.search(r"MQTT 5: (\S+)", said)[1].rpartition(":")  # type: ignore[index]
            self._recorder = Recorder(SimpleNamespace(host=host, port=int(port)), "data-simulator/#")
            self.registry = re.search(r"Schema Registry: (\S+)", said)[1]  # type: ignore[index]
            servers = re.search(r"Kafka: (\S+)", said)[1]  # type: ignore[index]
            self._recorder.client.on_message = self._mqtt
            self._thread = threading.Thread(target=self._kafka, args=(servers,), daemon=True)
            self._thread.start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._over.set()
        if hasattr(self, "_thread"):
            self._thread.join(20)
            self._recorder.__exit__()
        self.server.__exit__(None, None, None)

    # --- the recorders ---

    def _mqtt(self, _client: Any, _data: Any, message: Any) -> None:
        try:
            self._note("mqtt", json.loads(message.payload), message.payload)
        except (ValueError, KeyError):
            self.heard["mqtt"].unreadable += 1

    def _kafka(self, servers: str) -> None:
        settings = {"bootstrap.servers": servers, "group.id": "rows", "auto.offset.reset": "earliest"}
        consumer = confluent_kafka.Consumer(settings)
        consumer.subscribe(["data-simulator"])
        schemas: dict[int, Any] = {}
        heard = self.heard["kafka"]
        while not self._over.is_set():
            message = consumer.poll(0.1)
            if message is None or message.error() or not (message.key() or b"").startswith(b"cpu-"):
                continue  # the bridge brings what came by MQTT as well
            data = message.value() or b""
            number = int.from_bytes(data[1:5], "big")
            heard.schemas.append(number)
            try:
                if number not in schemas:
                    schemas[number] = self._schema(number)
                self._note("kafka", fastavro.schemaless_reader(io.BytesIO(data[5:]), schemas[number], None), data)
            except Exception:  # whatever a reader makes of what is no record
                heard.unreadable += 1
        consumer.close()

    def _schema(self, number: int) -> Any:
        with urllib.request.urlopen(f"{self.registry}/schemas/ids/{number}", timeout=5) as answer:
            return fastavro.parse_schema(json.loads(json.load(answer)["schema"]))

    def _note(self, source: str, record: Any, _: bytes) -> None:
        own = record.get("time_ns", record.get("time"))
        own_s = own.timestamp() if hasattr(own, "timestamp") else _seconds(own)
        self.heard[source].records.append((record["device"], record["sequence"], own_s, time.monotonic()))

    # --- what the product tells ---

    def sink(self, name: str) -> Any:
        return next(each for each in self.server.ask("/v1/sinks").json["items"] if each["name"] == name)

    def queued(self, name: str) -> int:
        return int(self.sink(name)["frames"]["queued"])

    def given_up(self, name: str) -> int:
        """Records that the books say will never arrive."""
        frames = self.sink(name)["frames"]
        return int(frames["rejected"]) + int(sum(frames["dropped"].values()))

    def metric(self, name: str) -> float:
        """The sum of a metric."""
        text = self.server.ask("/metrics").body.decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line))

    def late_s(self, name: str) -> float:
        """How long after the simulated instants that they bear the newest records came, as the run's clock stands."""
        offset_s = time.monotonic() - _seconds(self.server.ask("/v1/clock").json["now"])
        return max((came - own for _, _, own, came in self.heard[name].records[-3:]), default=0.0) - offset_s

    def notes(self) -> str:
        return self.server.ask("/readyz?verbose").body.decode()

    # --- the three parts of a row ---

    def unsteady(self) -> str:
        """What is not as it is to be; nothing when all is well."""
        chaos = self.server.ask("/v1/chaos").json
        if chaos["held"]:
            return f"in force: {chaos['held']}"
        if self.server.ask("/readyz").status != 200:
            return self.notes()
        if self.server.ask("/v1/sinks").status != 200:
            return "the sinks do not answer"
        if unheard := self.unheard():
            return unheard
        for name, devices in DEVICES.items():
            heard, sink = self.heard[name], self.sink(name)
            if sink["frames"]["queued"] > 2 * devices or sink["problem"]:
                return f"{name}: {sink['frames']['queued']} wait: {sink['problem']}"
            if (
                heard.missing()
                != sink["frames"]["rejected"] + sum(sink["frames"]["dropped"].values()) + heard.unreadable
            ):
                return f"{name}: {heard.missing()} are missing: {sink['frames']}, {heard.unreadable} unreadable"
            if (late_s := self.late_s(name)) > 1.0:
                return f"{name}: {late_s:.1f} s late"
        return ""

    def unheard(self) -> str:
        """Where somebody is silent; nothing when all have spoken of late."""
        for name, devices in DEVICES.items():
            if len(fresh := self.heard[name].fresh()) < devices:
                return f"{name}: only {sorted(fresh)} are heard"
        return ""

    def steady(self, within_s: float = BACK_S) -> float:
        """Wait until all is well; how long that took, s."""
        began = time.monotonic()
        found = [""]

        def well() -> bool:
            found[0] = self.unsteady()
            return not found[0]

        try:
            self.server.until(well, within_s)
        except AssertionError as error:
            raise AssertionError(f"not steady: {found[0]}") from error
        return time.monotonic() - began

    def begin(self, steps: Iterable[dict[str, Any]]) -> None:
        """Play steps from now on."""
        answer = self.server.ask("/v1/chaos/steps", "POST", {"timeline": [{"at": "0s", **step} for step in steps]})
        assert answer.status == 201, answer.body

    def seen(self, *deviations: Callable[["Live"], bool], within_s: float = 20.0) -> None:
        """Wait until each has been seen."""
        left = list(deviations)

        def looked() -> bool:
            left[:] = [one for one in left if not one(self)]
            return not left

        try:
            self.server.until(looked, within_s)
        except AssertionError as error:
            names = [getattr(one, "__name__", str(one)) for one in left]
            raise AssertionError(f"never seen: {names}; {self.server.ask('/v1/sinks').json}") from error

    def over(self, within_s: float = 30.0) -> None:
        """Wait until nothing is in force any more."""
        self.server.until(lambda: not self.server.ask("/v1/chaos").json["held"], within_s)


def _seconds(text: Any) -> float:
    if isinstance(text, int):
        return text / 1e9
    head, _, tail = str(text).rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(head, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{tail or 0}")
