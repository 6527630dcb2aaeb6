"""A kind of sink for tests: what it carries out goes, through a spool, into a file of lines."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from actors import stage
from actors.families import SINKS
from actors.sinks.base import LiveOptions, QueuedSink, Record, Rejected, SpoolOptions, Surroundings, make_spool
from schemas.readings import Frame


class LineOutlet:
    """Appends a line for each record; `slow` keeps some of them in the spool."""

    linger_s = 0.0

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> None:
        # without a buffer a batch is one call of the system, which a kill does not tear
        self._file = self._path.open("ab", buffering=0)

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        permit()
        lines = [json.dumps([type(record).__name__, *plain(record)]) for record in batch]
        self._file.write("".join(line + "\n" for line in lines).encode())
        return {}

    def rest(self) -> float:
        return 0.0

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None: ...

    def close(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def plain(record: Record) -> list[Any]:
    """A record as JSON has it."""
    found: list[Any] = json.loads(json.dumps(record))
    return found


class SpooledKind:
    """Stands in for the kind `null`."""

    name = "null"
    options = LiveOptions

    def __init__(self, out: Path, wrap: Callable[[Any], Any] = lambda spool: spool) -> None:
        self._out = out
        self._wrap = wrap

    def claims(self, options: Any, truth: bool) -> tuple[str, ...]:
        return ()

    def prepare(self, options: Any, truth: bool) -> list[Any]:
        return []

    def build(self, options: Any, surroundings: Surroundings) -> QueuedSink:
        chosen = LiveOptions(spool=SpoolOptions())
        out = self._out.with_name(f"{surroundings.name}.{self._out.name}")
        return QueuedSink("null", surroundings, self._wrap(make_spool(chosen, surroundings)), lambda: LineOutlet(out))


class OneKind:
    """The family of sinks, with this kind as `null`."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def get(self, word: str) -> Any:
        return self._kind if word == "null" else SINKS.get(word)


def use(kind: Any, monkeypatch: Any = None) -> None:
    """Let every sink `null` of a scenario be of this kind."""
    if monkeypatch is None:
        stage.SINKS = OneKind(kind)  # type: ignore[attr-defined, assignment]
    else:
        monkeypatch.setattr(stage, "SINKS", OneKind(kind))


def said(path: Path) -> dict[tuple[str, str, int], list[Any]]:
    """What came out, by kind, device and sequence; said twice, it must be the same."""
    found: dict[tuple[str, str, int], list[Any]] = {}
    for line in path.read_bytes().split(b"\n")[:-1]:
        what, *record = json.loads(line)
        key = (what, record[0], record[2] if what == Frame.__name__ else record[1])
        assert found.setdefault(key, record) == record, f"{key} was said twice and differently"
    return found
