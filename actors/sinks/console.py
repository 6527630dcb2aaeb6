"""The console sink: a live table on a terminal, plain lines into a pipe. Best effort: what was shown is delivered."""

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal, TextIO

from pydantic import Field

from actors.sinks._shown import line
from actors.sinks.base import (
    NobodyListensError,
    NothingMore,
    Outlet,
    Problem,
    QueuedOptions,
    QueuedSink,
    Record,
    Rejected,
    Surroundings,
)
from engine.clock import NANOSECONDS, Wall
from schemas.readings import FaultRecord
from schemas.terminal import terminal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

    from actors.sinks._table import LiveTable

_FRAME_NS: Final = NANOSECONDS // 4
"""Real time between two pictures of the table, at least."""
_IDLE_NS: Final = NANOSECONDS
"""Real time between two pictures when nothing new came: rate and progress move on."""
_GONE: Final = frozenset({errno.EPIPE, errno.EIO})
"""The reader has left; the terminal has been closed."""


class ConsoleOptions(QueuedOptions):
    """Options of the console sink."""

    style: Literal["auto", "table", "lines"] = "auto"
    """`auto`: a table on a terminal, lines elsewhere."""
    every: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    """Lines only: show every so-manieth frame of each device, and its truth; records of faults are shown all."""
    rows: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Table only: rows at most; as many as fit when not given."""


class LinesOutlet:
    """One line a frame, a truth, and a record of a fault."""

    linger_s = 0.05

    def __init__(self, options: ConsoleOptions, stream: TextIO) -> None:
        self._every = options.every
        self._stream = stream
        self._width = 0

    def open(self) -> None:
        """Nothing to open."""

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        """Print a batch. Columns only ever grow wider, so that they stay where the eye expects them."""
        chosen = [record for record in batch if self._chosen(record)]
        self._width = max([self._width, *(len(record.device) for record in chosen)])
        lines: list[str] = []
        refused: dict[int, str] = {}
        for position, record in enumerate(batch):
            if not self._chosen(record):
                continue
            try:
                lines.append(line(record, self._width))
            except Exception as error:
                refused[position] = f"{type(error).__name__}: {error}"
        permit()
        if lines:
            self._print("\n".join((*lines, "")))
        return refused

    def _chosen(self, record: Record) -> bool:
        return isinstance(record, FaultRecord) or record.sequence % self._every == 0

    def rest(self) -> float:
        """Nothing is left to do."""
        return 0.0

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
        """The last ones are kept in memory anyway."""

    def close(self) -> None:
        """Nothing to close: the stream belongs to the program."""

    def _print(self, text: str) -> None:
        stream = self._stream
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except ValueError as error:  # closed
            raise NobodyListensError from error
        except OSError as error:
            if error.errno not in _GONE:
                raise
            _silence(stream)
            raise NobodyListensError from error


def _silence(stream: TextIO) -> None:
    """Let all that is still said there go nowhere: what the program prints next would fail, at exit at the latest."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass  # no real file is behind it


class TableOutlet:
    """Keeps the latest of each device and paints it, at most four times a second."""

    linger_s = _FRAME_NS / NANOSECONDS

    def __init__(self, table: "LiveTable", rows: int | None, surroundings: Surroundings, console: "Console") -> None:
        self._table = table
        self._rows = rows
        self._footer = surroundings.footer
        self._wall: Wall = surroundings.wall
        self._console = console
        self._live: Live | None = None
        self._painted_ns = 0
        self._counted = table.readings
        self._rate = 0.0
        self._dirty = True

    def open(self) -> None:
        """Take the place on the screen."""
        from rich.live import Live

        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._live.start()
        self._painted_ns = self._wall.monotonic_ns()

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        """Take a batch into the table, and paint when it is time."""
        permit()
        refused: dict[int, str] = {}
        for position, record in enumerate(batch):
            try:
                self._table.take(record)
            except Exception as error:
                refused[position] = f"{type(error).__name__}: {error}"
        self._dirty = True
        if self._wall.monotonic_ns() - self._painted_ns >= _FRAME_NS:
            self._paint()
        return refused

    def rest(self) -> float:
        """Seconds until the next picture."""
        due_ns = self._painted_ns + (_FRAME_NS if self._dirty else _IDLE_NS) - self._wall.monotonic_ns()
        if due_ns <= 0:
            self._paint()
            return _IDLE_NS / NANOSECONDS
        return due_ns / NANOSECONDS

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
        """The last ones are kept in memory anyway."""

    def close(self) -> None:
        """Leave the last picture on the screen."""
        live, self._live = self._live, None
        if live is not None:
            try:
                live.update(self._picture(), refresh=True)
                live.stop()
            except (OSError, ValueError):
                pass  # the terminal is gone

    def _paint(self) -> None:
        if self._live is None:
            return
        try:
            self._live.update(self._picture(), refresh=True)
        except OSError as error:
            if error.errno in _GONE:
                raise NobodyListensError from error
            raise

    def _picture(self) -> "RenderableType":
        now_ns = self._wall.monotonic_ns()
        passed_ns = now_ns - self._painted_ns
        if passed_ns >= _FRAME_NS:  # not over a shorter time: the last picture may follow close on the one before
            self._rate = (self._table.readings - self._counted) * NANOSECONDS / passed_ns
            self._painted_ns, self._counted = now_ns, self._table.readings
        self._dirty = False
        status = (f"{self._rate:,.0f} readings/s", self._footer())
        return self._table.render(self._console.size, self._rows, status)


class _Kind(NothingMore):
    """A live table on a terminal, plain lines into a pipe."""

    name = "console"
    options = ConsoleOptions

    def claims(self, options: ConsoleOptions, truth: bool) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Two live tables would paint over each other, and over lines."""
        return ("the terminal",)

    def prepare(self, options: ConsoleOptions, truth: bool) -> list[Problem]:  # noqa: ARG002
        """Nothing can be wrong with it."""
        return []

    def build(self, options: ConsoleOptions, surroundings: Surroundings) -> QueuedSink:
        """Make one, for standard output as it is now."""
        stream = sys.stdout
        table = options.style == "table" or (options.style == "auto" and is_terminal(stream))
        make = _table_maker if table else _lines_maker
        return QueuedSink(self.name, surroundings, options.limits(), make(options, surroundings, stream))


def is_terminal(stream: TextIO) -> bool:
    """Whether a live table can be shown there."""
    return stream.isatty() and terminal() != "dumb"


def _lines_maker(options: ConsoleOptions, _: Surroundings, stream: TextIO) -> Callable[[], Outlet]:
    return lambda: LinesOutlet(options, stream)


def _table_maker(options: ConsoleOptions, surroundings: Surroundings, stream: TextIO) -> Callable[[], Outlet]:
    """The table outlives its writers: one that takes over shows on what the last one knew."""
    # rich costs 60 ms to import: only who sees a table pays for it.
    from rich.console import Console

    from actors.sinks._table import LiveTable

    table = LiveTable(surroundings.truth)
    return lambda: TableOutlet(table, options.rows, surroundings, Console(file=stream))


SINK: Final = _Kind()
