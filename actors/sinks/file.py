"""The file sink: frames as lines of a file, and truths, records of faults and rejected records in files beside it.

`out.jsonl` has `out.truth.jsonl` beside it when the sink is sent truths, `out.faults.jsonl` when it is sent the records
of faults, and `out.rejected.jsonl` if need be. A line
is delivered once the operating system has it, so it outlives a crash of this program; `sync` says how much a power cut
may cost. A crash in the middle of a line is mended when the file is opened for appending.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from actors.sinks._file_checks import check_library, check_place
from actors.sinks._line_file import Compression, LineFile, Mode
from actors.sinks._rejected_file import keep_rejected
from actors.sinks.base import (
    DiskFaults,
    Problem,
    QueuedOptions,
    QueuedSink,
    Record,
    Rejected,
    Surroundings,
    encode_batch,
)
from actors.sinks.base.records import FAULT, FRAME, TRUTH, WORDS, what_of
from engine.clock import NANOSECONDS, Wall
from schemas.formats.base import Format

_LINGER_S: Final = 0.05
_PACKED_LINGER_S: Final = 1.0
"""Compressed, each batch is packed for itself: larger ones are smaller in the file."""


def _path(path: str) -> str:
    if "\0" in path:
        raise ValueError("a path holds no NUL")
    return os.path.expanduser(path)


class FileOptions(QueuedOptions):
    """Options of the file sink."""

    path: Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_path)]
    """Where the frames go."""
    mode: Mode = "fail"
    """What to do when there is something there: refuse to start, append, or replace it."""
    compression: Compression = "none"
    """`zstd` needs `pip install data-simulator[zstd]`."""
    sync: Literal["never", "second", "batch"] = "second"
    """How often to wait for the disk: what a power cut may cost at most. A crash of the program costs nothing."""

    def paths(self, truth: bool, faults: bool = False) -> tuple[str, ...]:
        """The files it writes to in any case."""
        return (self.path, *([self._beside("truth")] if truth else []), *([self.faults_path] if faults else []))

    @property
    def faults_path(self) -> str:
        """The file of records of faults."""
        return self._beside("faults")

    @property
    def rejected_path(self) -> str:
        """The file of rejected records, never compressed."""
        return self._beside("rejected").removesuffix(".gz").removesuffix(".zst")

    def _beside(self, word: str) -> str:
        """A file that goes with this one: `out.jsonl.gz` gives `out.truth.jsonl.gz`."""
        stem, packed = os.path.splitext(self.path)
        if packed not in (".gz", ".zst"):
            stem, packed = self.path, ""
        stem, kind = os.path.splitext(stem)
        return f"{stem}.{word}{kind or '.jsonl'}{packed}"


class FileOutlet:
    """Writes batches of lines."""

    def __init__(self, options: FileOptions, surroundings: Surroundings, opening: "_Opening") -> None:
        self.linger_s = _LINGER_S if options.compression == "none" else _PACKED_LINGER_S
        self._options = options
        self._format: Format = surroundings.format
        self._truth, self._faults = surroundings.truth, surroundings.faults
        self._welcome = (FRAME, *([TRUTH] if self._truth else []), *([FAULT] if self._faults else []))
        """What there is a file for, in the order of the files."""
        self._wall: Wall = surroundings.wall
        self._opening = opening
        self._files: list[LineFile] = []
        self._dirty = False
        self._synced_ns = 0

    def open(self) -> None:
        """Open the files and cut what a crash tore."""
        mode = self._opening.mode
        for path in self._options.paths(self._truth, self._faults):
            self._files.append(LineFile(path, self._options.compression, mode, self._opening.disk))
        if mode == "replace" and os.path.exists(self._options.rejected_path):
            os.unlink(self._options.rejected_path)
        self._opening.mode = "append"

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        """Write a batch: frames, truths and records of faults, all or none."""
        lines = encode_batch(self._format, batch)
        permit()
        ends = [file.end for file in self._files]
        try:
            for file, what in zip(self._files, self._welcome, strict=True):
                if data := lines.of(what):
                    file.append(data)
            if self._options.sync == "batch":
                self._sync()
        except BaseException:
            for file, end in zip(self._files, ends, strict=True):
                file.cut(end)
            raise
        self._dirty = self._options.sync != "batch"
        return lines.refused if self._truth and self._faults else {**lines.refused, **self._strangers(batch)}

    def _strangers(self, batch: Sequence[Record]) -> dict[int, str]:
        """Records that came to a sink without a file for them."""
        found = ((place, what_of(record)) for place, record in enumerate(batch))
        return {place: f"this sink has no {WORDS[what]}" for place, what in found if what not in self._welcome}

    def rest(self) -> float:
        """Seconds until the disk must be waited for."""
        if not self._dirty or self._options.sync != "second":
            return 0.0
        due_ns = self._synced_ns + NANOSECONDS - self._wall.monotonic_ns()
        if due_ns > 0:
            return due_ns / NANOSECONDS
        self._sync()
        return 0.0

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
        """Keep rejected records, with their reasons, in a file of their own."""
        keep_rejected(self._options.rejected_path, rejected, records)

    def close(self) -> None:
        """Let the files go, and have them on the disk unless that was not wanted."""
        try:
            if self._dirty and self._options.sync != "never":
                self._sync()
        except OSError:
            pass  # what the disk does not take now it has not promised to keep
        finally:
            while self._files:
                self._files.pop().close()

    def _sync(self) -> None:
        for file in self._files:
            file.sync()
        self._dirty = False
        self._synced_ns = self._wall.monotonic_ns()


class _Opening:
    """How to open next: as the scenario says until that was done once, then where the last writer stopped."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.disk = DiskFaults()


class _Kind:
    """Writes lines to a file: one line a frame; truths, faults and rejected records in files beside it."""

    name = "file"
    options = FileOptions

    def claims(self, options: FileOptions, truth: bool) -> tuple[str, ...]:
        """The real paths of its files."""
        return tuple(map(os.path.realpath, (*options.paths(truth), options.rejected_path)))

    def claims_of_faults(self, options: FileOptions) -> tuple[str, ...]:
        """The real path of one file more."""
        return (os.path.realpath(options.faults_path),)

    def prepare_faults(self, options: FileOptions) -> list[Problem]:
        """Whether that one can be written as asked."""
        return check_place(options.faults_path, options.mode, options.compression)

    def going_on(self, options: FileOptions) -> FileOptions:
        """Append, whatever the first process was to do: what is there is of the same run."""
        return options.model_copy(update={"mode": "append"})

    def prepare(self, options: FileOptions, truth: bool) -> list[Problem]:
        """Whether the files can be written as asked."""
        problems = check_library(options.compression)
        for path in options.paths(truth):
            problems += check_place(path, options.mode, options.compression)
        return problems

    def build(self, options: FileOptions, surroundings: Surroundings) -> QueuedSink:
        """Make one."""
        opening = _Opening(options.mode)
        return QueuedSink(
            self.name,
            surroundings,
            options.limits(),
            lambda: FileOutlet(options, surroundings, opening),
            disk=opening.disk,
        )


SINK: Final = _Kind()
