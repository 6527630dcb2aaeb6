"""An audit as the command line asks for it: settings and options in, a report and an exit code out."""

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.auditor.audit import Audit, Limits, Source
from actors.auditor.decoding import Decoder, no_schemas
from actors.auditor.findings import ALLOWED, WORDS, SourceReport, Verdict
from actors.auditor.kafka import KafkaSource
from actors.auditor.ledger import Order
from actors.auditor.mqtt import MqttSource, tls_context
from actors.auditor.produced import told
from actors.auditor.schemas import schemas_of
from api.exit_codes import ExitCode
from api.interrupts import Interrupts
from schemas.durations import parse_duration
from schemas.problems import InvalidInput, Problem, suggest
from schemas.settings import Settings

FIELDS: Final = ("device", "sequence", "part", "parts", "sensor")
SHOWN: Final = 20
"""Devices with findings that are shown to a person; the report has them all."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options, as they were written."""

    mqtt: tuple[str, ...] = ()
    kafka: tuple[str, ...] = ()
    lasting: str | None = None
    idle: str | None = None
    books: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    order: Order = "device"
    allow: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    report: str | None = None
    env_file: str | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the options mean."""

    settings: Settings
    limits: Limits
    fields: dict[str, str]
    allowed: frozenset[str]


def audit(request: Request, interrupts: Interrupts) -> ExitCode:
    """Listen, judge, report. Raises `InvalidInput` and `CannotStart`."""
    checked = _check(request)
    work = Audit(_sources(request, checked), _decoder(checked), order=request.order, digests=bool(request.summaries))
    stop = threading.Event()
    interrupts.guard(stop.set)
    work.listen(checked.limits, stop.is_set, lambda: _say("listening"))
    produced = told(
        [Path(one) for one in request.summaries],
        [Path(one) for one in request.books],
        [Path(one) for one in request.references],
    )
    verdict = work.judge(produced, checked.allowed)
    if request.report is not None:
        Path(request.report).write_text(json.dumps(verdict.as_dict(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in lines(verdict)))
    return ExitCode.DIFFERS if verdict.failed else ExitCode.OK


def lines(verdict: Verdict) -> Iterator[str]:
    """The verdict for people."""
    yield f"not as it should be: {', '.join(verdict.failed)}" if verdict.failed else "all is well"
    for source in verdict.sources:
        yield from _source_lines(source)
    if verdict.compared:
        yield f"  {verdict.compared:,} records held against the reference"
    if verdict.digests:
        yield f"  {verdict.digests:,} devices held against their digests"


def _source_lines(source: SourceReport) -> Iterator[str]:
    plain = source.as_dict()
    seen, expected = plain["seen"], plain["expected"]
    yield f"  {source.source}: {source.messages:,} messages, {seen:,} of {expected:,} records{_found(plain)}"
    if source.latency_ms is not None:
        numbers = ", ".join(f"{name} {source.latency_ms[name]:,} ms" for name in ("p50", "p99", "max"))
        yield f"    behind {source.latency_ms['since']}: {numbers}"
    troubled = [one.as_dict() for one in source.devices if any(one.findings.by_word().values())]
    for one in troubled[:SHOWN]:
        gaps = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in one.get("missing", ()))
        yield f"    {one['device']} ({one['what']}){_found(one)}{'; not seen: ' if gaps else ''}{gaps}"
    if len(troubled) > SHOWN:
        yield f"    and {len(troubled) - SHOWN:,} more devices"


def _found(plain: dict[str, object]) -> str:
    return "".join(f", {plain[word]:,} {word}" for word in WORDS if plain.get(word))


def _check(request: Request) -> _Checked:
    problems: list[Problem] = []
    if not request.mqtt and not request.kafka:
        problems.append(Problem("audit", "nothing to read", "--mqtt FILTER or --kafka TOPIC"))
    lasting = _duration("--for", request.lasting, problems)
    idle = _duration("--idle", request.idle, problems)
    fields = dict(one.partition("=")[::2] for one in request.fields)
    for name, path in fields.items():
        if name not in FIELDS or not path:
            problems.append(Problem("--field", f"{name}={path}", f"NAME=PATH with one of {', '.join(FIELDS)}"))
    for option, words in (("--allow", request.allow), ("--forbid", request.forbid)):
        wrong = [word for word in words if word not in WORDS]
        problems += [Problem(option, word, f"one of {', '.join(WORDS)}", suggest(word, WORDS)) for word in wrong]
    for file in (*request.books, *request.summaries, *request.references):
        if not Path(file).parent.is_dir():
            problems.append(Problem(file, "no such folder", "a file that is there when the audit ends"))
    settings = Settings.load(env_file=_env_file(request))
    problems += _unreachable(request, settings)
    if problems:
        raise InvalidInput("audit", problems)
    limits = Limits(at_end=not request.mqtt and lasting is None and idle is None, for_ns=lasting, idle_ns=idle)
    return _Checked(settings, limits, fields, (ALLOWED | set(request.allow)) - set(request.forbid))


def _env_file(request: Request) -> Path | None:
    if request.env_file is not None:
        return Path(request.env_file)
    beside = Path(".env")
    return beside if beside.is_file() else None


def _unreachable(request: Request, settings: Settings) -> list[Problem]:
    found = []
    if request.mqtt and settings.mqtt() is None:
        found.append(Problem("--mqtt", "no MQTT_HOST", "the settings of an MQTT broker"))
    if request.kafka and settings.kafka() is None:
        found.append(Problem("--kafka", "no KAFKA_BROKER_SETTINGS", "the settings of a Kafka cluster"))
    return found


def _duration(option: str, text: str | None, problems: list[Problem]) -> int | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        problems.append(Problem(option, text, str(error)))
        return None


def _sources(request: Request, checked: _Checked) -> Sequence[Source]:
    sources: list[Source] = []
    mqtt, kafka = checked.settings.mqtt(), checked.settings.kafka()
    if request.mqtt and mqtt is not None:
        sources.append(MqttSource(mqtt, request.mqtt))
    if request.kafka and kafka is not None:
        live = not checked.limits.at_end
        sources += [KafkaSource(kafka, topic, live=live, name=f"kafka:{topic}") for topic in request.kafka]
    return sources


def _decoder(checked: _Checked) -> Decoder:
    registry = checked.settings.registry()
    if registry is None:
        return Decoder(no_schemas, checked.fields)
    authorization = registry.authorization()
    headers = {"Authorization": authorization} if authorization else {}
    tls = tls_context(registry.tls) if registry.tls is not None else None
    return Decoder(schemas_of(registry.url, headers, tls), checked.fields)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
