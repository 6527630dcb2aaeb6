"""A monitor at work: telemetry from a file, a pipe or the topics; alerts to a file or to standard output."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import IO, Any, Final

from actors.auditor.decoding import Decoder, NotYetError, UnreadableError, no_schemas
from actors.auditor.kafka import KafkaSource
from actors.auditor.mqtt import MqttSource, tls_context
from actors.auditor.schemas import schemas_of
from actors.auditor.sightings import Message
from actors.monitor import Alert, make_monitor
from actors.monitor.records import Seen, from_line, from_record
from api.judging.ordering import HOLD_S, Merge
from api.judging.topics import publisher
from engine.clock import WallClock
from schemas.problems import InvalidInput, Problem
from schemas.settings import Settings

_WAIT_S: Final = 0.2
_QUIET_S: Final = 1.0
_DRAIN_S: Final = 60.0
"""When it is stopped, what has already been published is still looked at: until it is quiet, or for so long at most."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a monitor is told to do."""

    source: str
    """A file of JSON lines, `-`, `mqtt` or `kafka`."""
    alerts: str = "-"
    """A file, or `-`."""
    alerts_to: str | None = None
    """A topic of MQTT or Kafka, by its address; standard output is left alone then."""
    monitor: str = "reference"


def watch(what: Watch, settings: Settings, stop: Event) -> int:
    """Watch until the telemetry ends or it is stopped; how many alerts there were. Raises `InvalidInput`."""
    monitor = make_monitor(what.monitor)
    count = 0
    with _topic(what, settings) as publish, _out(what) as write:
        for seen in _telemetry(what.source, settings, stop):
            for alert in monitor.see(seen):
                count += 1
                write(alert)
                publish(alert)
    return count


Tell = Callable[[Alert], None]


@contextmanager
def _topic(what: Watch, settings: Settings) -> Iterator[Tell]:
    if what.alerts_to is None:
        yield lambda _: None
        return
    to = publisher(what.alerts_to, settings)
    try:
        yield to.publish
    finally:
        to.close()


@contextmanager
def _out(what: Watch) -> Iterator[Tell]:
    if what.alerts == "-":
        yield (lambda _: None) if what.alerts_to is not None else lambda alert: _write(sys.stdout, alert)
        return
    try:
        file = open(what.alerts, "w", encoding="utf-8")  # noqa: SIM115 - it is left below
    except OSError as error:
        raise InvalidInput(what.alerts, [Problem("--alerts", str(error), "a file that can be written")]) from None
    with file:
        yield lambda alert: _write(file, alert)


def _write(out: IO[str], alert: Alert) -> None:
    out.write(f"{alert.line()}\n")
    out.flush()


def _telemetry(source: str, settings: Settings, stop: Event) -> Iterator[Seen]:
    if source in ("mqtt", "kafka"):
        yield from _topics(source, settings, stop)
    elif source == "-":
        yield from _lines(sys.stdin, "standard input", stop)
    else:
        try:
            file = open(source, encoding="utf-8")  # noqa: SIM115 - it is left where it is read
        except OSError as error:
            raise InvalidInput(
                source, [Problem("(file)", str(error), "a file of frames, one JSON object a line")]
            ) from None
        with file:
            yield from _lines(file, source, stop)


def _lines(lines: IO[str], source: str, stop: Event) -> Iterator[Seen]:
    for number, line in enumerate(lines, 1):
        if stop.is_set():
            return
        if not line.strip():
            continue
        try:
            yield from_line(line)
        except (ValueError, TypeError, KeyError) as error:
            allowed = "a frame as the json format writes it"
            raise InvalidInput(source, [Problem(f"line {number}", str(error), allowed)]) from None


def _topics(source: str, settings: Settings, stop: Event) -> Iterator[Seen]:
    reading = _source(source, settings)
    decoder = _decoder(settings)
    reading.start()
    sys.stderr.write("listening\n")
    sys.stderr.flush()
    stopped_s: float | None = None
    heard_s = 0.0
    # only a topic of Kafka has several partitions
    merge = Merge(HOLD_S if source == "kafka" else 0.0)
    try:
        while stopped_s is None or (_now_s() - heard_s < _QUIET_S and _now_s() - stopped_s < _DRAIN_S):
            if stopped_s is None and stop.is_set():
                stopped_s = heard_s = _now_s()
            for message in reading.take(_WAIT_S):
                heard_s = _now_s()
                seen = _seen(decoder, message)
                if seen is not None:
                    merge.put(message.partition, seen, _now_s())
            yield from merge.ready(_now_s())
        yield from merge.rest()
    finally:
        reading.close()


def _now_s() -> float:
    return WallClock.monotonic_ns() / 1e9


def _source(source: str, settings: Settings) -> Any:
    mqtt, kafka = settings.mqtt(), settings.kafka()
    if source == "mqtt" and mqtt is not None:
        return MqttSource(mqtt, [f"{mqtt.topic}/#"])
    if source == "kafka" and kafka is not None:
        return KafkaSource(kafka, kafka.topic, live=True)
    name = "MQTT_HOST" if source == "mqtt" else "KAFKA_BROKER_SETTINGS"
    raise InvalidInput(source, [Problem("(settings)", f"no {name}", f"the settings of a broker to read {source} from")])


def _decoder(settings: Settings) -> Decoder:
    registry = settings.registry()
    if registry is None:
        return Decoder(no_schemas)
    authorization = registry.authorization()
    headers = {"Authorization": authorization} if authorization else {}
    tls = tls_context(registry.tls) if registry.tls is not None else None
    return Decoder(schemas_of(registry.url, headers, tls))


def _seen(decoder: Decoder, message: Message) -> Seen | None:
    """The frame in a message; what cannot be read, or is no frame, is nobody's business here."""
    try:
        record = decoder.record(message.value)
        if not isinstance(record, dict) or "health" in record:
            return None
        seen = from_record(record) if "readings" in record else from_line(json.dumps(record))
        return seen._replace(arrived_ns=message.received_ns)
    except (UnreadableError, NotYetError, ValueError, TypeError, KeyError):
        return None
