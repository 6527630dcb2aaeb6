"""How an audit listens: until when, and what becomes of messages whose schema is not to be had yet."""

import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from actors.auditor.audit import Audit, Limits
from actors.auditor.decoding import Decoder, NotYetError, UnreadableError
from actors.auditor.instants import nanoseconds
from actors.auditor.produced import Produced
from actors.auditor.schemas import PAUSE_NS, schemas_of
from actors.auditor.sightings import Message
from actors.auditor.timing import latency
from schemas.instants import iso
from tests.actors.auditor.planted import fleet, messages, schema_by_id

SECOND = 1_000_000_000


class Clock:
    """Time that goes by a tenth of a second at a glance."""

    now = 0

    def __call__(self) -> int:
        self.now += SECOND // 10
        return self.now


class Batches:
    """A source that gives what it was given, batch by batch."""

    name = "batches"

    def __init__(self, batches: Sequence[Sequence[Message]]) -> None:
        self._batches = list(batches)
        self.closed = False
        self.takes = 0

    @property
    def drained(self) -> bool:
        """Whether all was given."""
        return not self._batches

    def start(self) -> None:
        """Nothing to do."""

    def take(self, timeout_s: float) -> Sequence[Message]:
        """The next batch."""
        self.takes += 1
        return self._batches.pop(0) if self._batches else ()

    def close(self) -> None:
        """Note it."""
        self.closed = True


CAME = messages(fleet(3, 30), "avro")


def test_it_ends_when_all_sources_are_drained() -> None:
    source = Batches([CAME[:50], [], CAME[50:]])
    audit = Audit([source], Decoder(schema_by_id), now_ns=Clock())
    audit.listen(Limits(at_end=True))
    assert source.closed
    assert audit.judge(Produced()).as_dict()["sources"]["batches"]["seen"] == len(CAME)


@pytest.mark.parametrize(("limits", "takes"), [(Limits(for_ns=2 * SECOND), 20), (Limits(idle_ns=SECOND), 12)])
def test_it_ends_after_a_time_and_when_it_was_quiet(limits: Limits, takes: int) -> None:
    source = Batches([CAME[:10], CAME[10:20]])
    Audit([source], Decoder(schema_by_id), now_ns=Clock()).listen(limits)
    assert source.takes == takes


def test_the_first_message_may_take_its_time() -> None:
    late = Batches([*[[]] * 300, CAME])
    Audit([late], Decoder(schema_by_id), now_ns=Clock()).listen(Limits(idle_ns=SECOND))
    assert late.drained
    never = Batches([])
    Audit([never], Decoder(schema_by_id), now_ns=Clock()).listen(Limits(idle_ns=SECOND))
    assert never.takes == 600


def test_it_ends_when_it_is_told_to() -> None:
    source = Batches([CAME])
    said: list[str] = []
    Audit([source], Decoder(schema_by_id), now_ns=Clock()).listen(
        Limits(), stop=lambda: source.takes >= 3, ready=lambda: said.append("listening")
    )
    assert (source.takes, source.closed, said) == (3, True, ["listening"])


def test_what_cannot_be_read_yet_is_read_later() -> None:
    answers = iter([NotYetError("away"), NotYetError("away")])

    def schemas(number: int) -> tuple[str, str]:
        if (error := next(answers, None)) is not None:
            raise error
        return schema_by_id(number)

    audit = Audit([Batches([CAME[:2], *[[]] * 40])], Decoder(schemas), now_ns=Clock())
    audit.listen(Limits(at_end=True))
    assert not audit.ledgers[0].waiting
    assert audit.judge(Produced()).as_dict()["sources"]["batches"]["seen"] == 2


def test_what_became_readable_at_the_very_end_counts() -> None:
    away = [True]

    def schemas(number: int) -> tuple[str, str]:
        if away:
            raise NotYetError("away")
        return schema_by_id(number)

    audit = Audit([Batches([CAME])], Decoder(schemas), now_ns=Clock())
    audit.listen(Limits(at_end=True))
    away.clear()
    assert audit.judge(Produced()).as_dict()["sources"]["batches"]["seen"] == len(CAME)


def test_what_cannot_be_read_at_all_is_told() -> None:
    def never(number: int) -> tuple[str, str]:
        raise NotYetError("away")

    audit = Audit([Batches([CAME])], Decoder(never), now_ns=Clock())
    audit.listen(Limits(at_end=True))
    verdict = audit.judge(Produced())
    assert verdict.failed == ["nothing", "unreadable"]
    assert verdict.findings.unreadable == len(CAME)


class Answers(BaseHTTPRequestHandler):
    """A registry that knows schema 7, wants a password, and is ill where it is asked for 500."""

    def do_GET(self) -> None:
        number = int(self.path.rpartition("/")[2])
        known = self.headers["Authorization"] == "Basic secret"
        status = 401 if not known else 200 if number == 7 else 500 if number == 500 else 404
        body = json.dumps({"schema": '"string"', "schemaType": "AVRO"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_registry_is_asked_and_believed(registry: str) -> None:
    now = [0]
    ask = schemas_of(registry, {"Authorization": "Basic secret"}, now_ns=lambda: now[0])
    assert ask(7) == ('"string"', "AVRO")
    with pytest.raises(UnreadableError, match="404"):
        ask(8)
    with pytest.raises(NotYetError):
        ask(500)
    # it is left alone for a while, and asked again then
    with pytest.raises(NotYetError):
        ask(7)
    now[0] += PAUSE_NS
    assert ask(7) == ('"string"', "AVRO")
    with pytest.raises(UnreadableError, match="401"):
        schemas_of(registry, {})(7)


def test_a_registry_that_is_away_is_asked_again() -> None:
    with pytest.raises(NotYetError):
        schemas_of("http://127.0.0.1:1", {})(7)


@pytest.mark.parametrize("time_ns", [0, 1, 999_999_999, 1_767_225_600_123_456_789, 4_102_444_800_000_000_001])
def test_instants_are_exact(time_ns: int) -> None:
    assert nanoseconds(iso(time_ns)) == time_ns


@pytest.mark.parametrize("text", ["", "Z", "2026-01-01", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.xZ", 5])
def test_what_is_no_instant(text: object) -> None:
    assert nanoseconds(text) is None


def test_latency_against_the_records_own_instant_and_against_the_quickest() -> None:
    millis = [n * 1_000_000 for n in range(1, 101)]
    assert latency(millis) == {"p50": 51.0, "p99": 100.0, "max": 100.0, "since": "the record's instant"}
    elsewhere = [one + 10**18 for one in millis]
    assert latency(elsewhere) == {"p50": 50.0, "p99": 99.0, "max": 99.0, "since": "the quickest record"}
    assert latency([]) is None
