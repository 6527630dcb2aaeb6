"""The live stream: what is told, filters, resume, gaps that are counted, a cap, an end."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Final
from wsgiref.util import setup_testing_defaults

import pytest

from api.limits import ApiLimits
from api.problems import ApiProblem
from api.roles import Role
from api.streaming import Streams
from tests.api.rest.house import House, house
from tests.api.rest.keyed import Keyed, keyed

FOLLOWED: Final = "types=readings,truth,events"


class Reader:
    """Reads a stream as a WSGI server would: chunk by chunk, while the test lets time go by."""

    def __init__(self, home: House, query: str, last: str = "", **headers: str) -> None:
        environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v1/stream", "QUERY_STRING": query}
        environ |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost"}
        if last:
            environ["HTTP_LAST_EVENT_ID"] = last
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        self.status = ""
        self._body = home.client.app(environ, self._start)
        self.chunks = iter(self._body)

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        self.status, self.headers = status, dict(headers)

    def events(self, chunks: int = 1) -> list[tuple[str, str, Any]]:
        """Name, id and data of the events of the next chunks."""
        text = b"".join(next(self.chunks) for _ in range(chunks)).decode()
        found = []
        for block in text.split("\n\n"):
            fields = dict(line.partition(": ")[::2] for line in block.splitlines())
            if "event" in fields:
                found.append((fields["event"], fields.get("id", ""), json.loads(fields["data"])))
        return found

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


@pytest.fixture
def home() -> Iterator[House]:
    with house() as made:
        yield made


def started(home: House, query: str, last: str = "") -> Reader:
    """A reader that has its place in the stream. Nothing is new yet, so the clock is asked for to have a chunk."""
    reader = Reader(home, f"{query},clock" if "types=" in query else query, last)
    assert next(reader.chunks) == b"retry: 1000\n\n"
    return reader


def test_what_devices_say_is_told_in_order_with_numbers(home: House) -> None:
    reader = started(home, FOLLOWED)
    assert [name for name, _, _ in reader.events()] == ["clock"]
    home.live(2)
    events = [event for event in reader.events() if event[0] in ("readings", "truth")]
    frames = list(home.simulation.sinks[1].frames)[-10:]
    told = [data for name, _, data in events if name == "readings"]
    assert [(each["device"], each["sequence"]) for each in told] == [(f.device, f.sequence) for f in frames]
    assert [each["readings"] for each in told] == [{r.sensor: r.value for r in f.readings} for f in frames]
    numbers = [int(id.rpartition("-")[2]) for _, id, _ in events]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    assert reader.headers["content-type"] == "text/event-stream"
    assert reader.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "devices"),
    [
        ("device=pi-0002", {"pi-0002"}),
        ("device=pi-0002&device=cpu-0001", {"pi-0002", "cpu-0001"}),
        ("group=cpu", {"cpu-0001", "cpu-0002"}),
        ("kind=raspberry-pi&device=pi-0001&device=cpu-0001", {"pi-0001"}),
    ],
)
def test_only_what_is_asked_for(home: House, query: str, devices: set[str]) -> None:
    reader = started(home, f"{query}&types=readings,truth")
    reader.events()
    home.live(1)
    assert {data["device"] for name, _, data in reader.events() if name != "clock"} == devices


def test_what_happens_is_told_as_the_journal_shows_it(home: House) -> None:
    reader = started(home, "types=events")
    reader.events()
    home.call("POST", "/v1/devices/pi-0001/faults", {"sensor": "power", "fault": "stuck"})
    home.live(0)
    events = [data for name, _, data in reader.events() if name == "events"]
    assert [each["kind"] for each in events] == ["FaultInjected", "RequestMade"]
    assert events == list(reversed(home.get("/v1/journal?limit=2")["items"]))


def test_the_clock_and_the_sinks_are_told_again_and_again(home: House) -> None:
    reader = Reader(home, "types=clock,sinks")
    next(reader.chunks)
    names = [name for name, id, _ in reader.events(2) if not id]
    assert names == ["clock", "sinks", "clock", "sinks"]


def test_a_reader_that_comes_again_gets_what_it_has_missed(home: House) -> None:
    reader = started(home, "types=readings")
    reader.events()
    home.live(1)
    first = [event for event in reader.events() if event[0] == "readings"]
    reader.close()
    home.live(2)
    again = started(home, "types=readings", last=first[2][1])
    events = [event for event in again.events() if event[0] == "readings"]
    assert events[:2] == first[3:]
    assert len(events) == 2 + 10
    assert [each[2]["sequence"] for each in events if each[2]["device"] == "pi-0001"][-2:] == [4, 5]


@pytest.mark.parametrize("last", ["other-5", "nonsense", "5", "-", "x" * 1_000, "\xe9-1", "a-99999999999999999999"])
def test_a_resume_to_what_is_gone_begins_anew_and_says_so(home: House, last: str) -> None:
    reader = started(home, "types=readings", last)
    assert [name for name, _, _ in reader.events()] == ["reset", "clock"]


def test_who_reads_too_slowly_is_told_how_much_is_gone(home: House) -> None:
    memory = home.simulation.live
    assert memory is not None
    reader = started(home, "types=readings,truth,events")
    reader.events()
    before = memory.count
    home.live(3_000)
    events = []
    while True:
        chunk = reader.events()
        events += [event for event in chunk if event[0] != "clock"]
        if len(events) > 1 and int(events[-1][1].rpartition("-")[2]) == memory.count - 1:
            break
    assert events[0][0] == "shed"
    missed = events[0][2]["count"]
    assert missed == memory.count - before - len(memory.records) > 0
    assert len(events) - 1 == len(memory.records)


def test_streams_are_not_more_than_may_be_and_leave_their_place() -> None:
    with house(limits=ApiLimits(streams=2)) as home:
        first, second = Reader(home, "types=clock"), Reader(home, "types=clock")
        refused = Reader(home, "types=clock")
        assert refused.status.startswith("429")
        assert int(refused.headers["retry-after"]) > 0
        first.close()
        first.close()
        third = Reader(home, "types=clock")
        assert third.status.startswith("200")
        third.close()
        second.close()


def test_places_are_counted_exactly_from_several_threads() -> None:
    streams = Streams(50)
    refused = []

    def come_and_go() -> None:
        for _ in range(200):
            try:
                streams.enter()
            except ApiProblem:
                refused.append(1)
            else:
                streams.leave()

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (streams.open, refused) == (0, [])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("types=all", 422),
        ("types=", 422),
        ("device=none", 404),
        ("group=none", 404),
        ("x=1", 422),
        ("types=clock,x", 422),
    ],
)
def test_a_stream_about_nothing_is_a_mistake(home: House, query: str, status: int) -> None:
    assert home.call("GET", f"/v1/stream?{query}").status_code == status


def test_a_key_that_is_taken_away_ends_its_streams() -> None:
    with keyed() as home:
        reader = Reader(home.house, "types=clock", authorization=home.bearer(Role.READ)["Authorization"])
        next(reader.chunks)
        assert reader.events()
        end_key(home, Role.READ)
        assert list(reader.chunks) == []


def end_key(home: Keyed, role: Role) -> None:
    admin = home.bearer(Role.ADMIN)
    id = next(key["id"] for key in home.house.get("/v1/keys", **admin)["items"] if key["role"] == role)
    assert home.house.call("DELETE", f"/v1/keys/{id}", **admin).status_code == 204


def test_a_server_that_ends_ends_its_streams(home: House) -> None:
    reader = Reader(home, "types=clock")
    next(reader.chunks)
    reader.events()
    # the world behind the app is nobody's business but this test's
    found: Any = home.client.app._router.find("/v1/clock")
    found[0]._world.closing.set()
    assert list(reader.chunks) == []
