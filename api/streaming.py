"""Live streams: Server-Sent Events out of the live view's newest records.

All streams share one bounded memory of records; each has its own place in it. Nobody waits for a slow reader: when it
comes back, the oldest records are gone, and it is told how many that were (`shed`). An event's id is the run's token
and the record's number, so a reader that comes again gets what it has missed.
"""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from api.models.desk import JournalEntry
from api.problems import ApiProblem, too_many
from api.run import Run
from api.showing import truth_item
from engine.clock import NANOSECONDS, WallClock
from schemas.events import Entry
from schemas.instants import iso
from schemas.queries import GetRecords, Record, Records
from schemas.readings import Frame

POLL_S: Final = 0.2
BATCH: Final = 2_000
"""Records that are taken at once."""
QUIET_S: Final = 15.0
"""After so long without a word a comment says that the stream lives, so that dead peers are noticed."""
EACH_S: Final = 1.0
"""How often the clock and the sinks are told."""
RETRY_S: Final = 1
_ENCODED: Final = 20_000

RECORDS: Final = ("readings", "truth", "events")
TYPES: Final = (*RECORDS, "clock", "sinks")


class Wanted(NamedTuple):
    """What a stream is about."""

    types: frozenset[str]
    devices: Callable[[Run], frozenset[str] | None]
    """Ids of the devices in a run; `None`: all, and what belongs to none."""


class Streams:
    """How many streams are open, and what they have left out. Safe for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.open = 0
        self.shed = 0
        """Records that slow readers have missed so far."""

    def enter(self) -> None:
        """One more. Raises `ApiProblem` (429)."""
        with self._lock:
            if self.open >= self._most:
                raise too_many(f"{self.open} streams are open; allowed: {self._most}", 5)
            self.open += 1

    def leave(self) -> None:
        """One less."""
        with self._lock:
            self.open -= 1

    def missed(self, count: int) -> None:
        """A reader was too slow."""
        with self._lock:
            self.shed += count


class Encoded:
    """The events of the newest records of one run, each made once for all streams."""

    def __init__(self, entry: Callable[[Entry], JournalEntry]) -> None:
        self._entry = entry
        self._made: dict[int, tuple[str, bytes]] = {}

    def event(self, token: str, number: int, record: Record) -> bytes:
        """One record as an event."""
        found = self._made.get(number)
        if found is None or found[0] != token:
            found = token, event(_name(record), self._data(record), f"{token}-{number}")
            if len(self._made) >= _ENCODED:
                self._made = {}
            self._made[number] = found
        return found[1]

    def _data(self, record: Record) -> bytes:
        if isinstance(record, Frame):
            return _readings(record)
        if isinstance(record, Entry):
            return self._entry(record).model_dump_json().encode()
        return truth_item(record).model_dump_json().encode()


def event(name: str, data: bytes, id: str = "") -> bytes:
    """One event as it goes over the wire."""
    head = f"id: {id}\n" if id else ""
    return f"{head}event: {name}\ndata: ".encode() + data + b"\n\n"


class Stream:
    """One stream: what a WSGI server iterates over, and closes whatever happens."""

    def __init__(
        self,
        run: Callable[[], Run],
        streams: Streams,
        encoded: Encoded,
        wanted: Wanted,
        last: str,
        tellers: dict[str, Callable[[Run], bytes]],
        closing: threading.Event,
        allowed: Callable[[], bool],
    ) -> None:
        """`tellers` make the data of what is told again and again: the clock, the sinks.

        `allowed` says whether who reads may still do so: a key that is taken away ends its streams.
        """
        self._run = run
        self._streams = streams
        self._encoded = encoded
        self._wanted = wanted
        self._last = last
        self._tellers = {name: teller for name, teller in tellers.items() if name in wanted.types}
        self._closing = closing
        self._allowed = allowed
        self._following = 0
        self._lock = threading.Lock()
        streams.enter()
        self._entered = True
        self._chunks = self._go()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        """The reader is gone, or the server wants to end."""
        with self._lock:
            entered, self._entered = self._entered, False
        if entered:
            self._streams.leave()

    def _go(self) -> Iterator[bytes]:
        yield f"retry: {RETRY_S * 1000}\n\n".encode()
        token, quiet_ns, told_ns = "", WallClock.monotonic_ns(), 0
        while not self._closing.is_set() and self._allowed():
            chunk = b""
            try:
                run = self._run()
                if run.token != token:
                    chunk += self._begin(run, first=not token)
                    token = run.token
                    devices = self._wanted.devices(run)
                chunk += self._newest(run, devices)
                now_ns = WallClock.monotonic_ns()
                if now_ns - told_ns >= EACH_S * NANOSECONDS:
                    chunk += b"".join(event(name, teller(run)) for name, teller in self._tellers.items())
                    told_ns = now_ns
            except ApiProblem:
                # the fleet is being replaced, or too busy for a moment: it will be there again
                now_ns = WallClock.monotonic_ns()
            if chunk:
                yield chunk
                quiet_ns = now_ns
            elif now_ns - quiet_ns >= QUIET_S * NANOSECONDS:
                yield b": alive\n\n"
                quiet_ns = now_ns
            self._closing.wait(POLL_S)

    def _begin(self, run: Run, *, first: bool) -> bytes:
        """Find the place in a run: after the last event that was got, or at the newest."""
        token, _, number = self._last.rpartition("-") if first else ("", "", "")
        known = token == run.token and number.isascii() and number.isdigit() and len(number) < 19
        if known:
            self._following = int(number) + 1
            return b""
        self._following = self._take(run, 2**62, 0).following
        return b"" if first and not self._last else event("reset", b"{}")

    def _newest(self, run: Run, devices: frozenset[str] | None) -> bytes:
        if not self._wanted.types.intersection(RECORDS):
            return b""
        chunks: list[bytes] = []
        while True:
            taken = self._take(run, self._following, BATCH)
            missed = taken.start - self._following
            if missed > 0:
                self._streams.missed(missed)
                chunks.append(event("shed", json.dumps({"count": missed}).encode()))
            for number, record in enumerate(taken.records, taken.start):
                if self._is_wanted(record, devices):
                    chunks.append(self._encoded.event(run.token, number, record))
            self._following = min(taken.start + len(taken.records), taken.following)
            if self._following >= taken.following or len(chunks) >= BATCH:
                return b"".join(chunks)

    def _take(self, run: Run, start: int, limit: int) -> Records:
        taken: Records = run.ask(GetRecords(start, limit))
        return taken

    def _is_wanted(self, record: Record, devices: frozenset[str] | None) -> bool:
        if _name(record) not in self._wanted.types:
            return False
        if devices is None:
            return True
        device = getattr(record.event, "device", None) if isinstance(record, Entry) else record[0]
        return device in devices


def _name(record: Record) -> str:
    if isinstance(record, Frame):
        return "readings"
    return "events" if isinstance(record, Entry) else "truth"


def _readings(frame: Frame) -> bytes:
    said: dict[str, Any] = {
        "device": frame.device,
        "sequence": frame.sequence,
        "time": iso(frame.time_ns),
        "throttled": frame.throttled,
        "readings": {reading.sensor: reading.value for reading in frame.readings},
    }
    return json.dumps(said, separators=(",", ":")).encode()
