"""The file sink: whole lines whatever happens, nothing of anybody's thrown away unasked, clear refusals."""

import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from actors.sinks import _line_file
from actors.sinks._line_file import InUseError, LineFile, NotOursError
from actors.sinks.base import Claimed, Pump, QueuedSink, Surroundings, clashes
from actors.sinks.file import SINK, FileOptions
from engine.clock import FakeWall
from schemas.readings import Frame, Reading, Truth

PACKINGS = ("none", "gzip", "zstd")
ROOT = Path(__file__).parents[3]


def _frame(sequence: int) -> Frame:
    return Frame("pi-1", "raspberry-pi", sequence, sequence, (Reading("fan", "fan", "CFM", 1.5, sequence),), None)


def _options(path: Path, **more: Any) -> FileOptions:
    return FileOptions(**{"path": str(path), **more})


def _sink(options: FileOptions, truth: bool = False) -> tuple[QueuedSink, Pump]:
    sink = SINK.build(options, Surroundings("file", truth=truth, wall=FakeWall()))
    pump = sink.pump(1, lambda: None)
    pump.start()
    return sink, pump


def _put(sink: QueuedSink, *sequences: int) -> None:
    for sequence in sequences:
        sink.lane.put(_frame(sequence))


def _sequences(path: Path) -> list[int]:
    data = path.read_bytes()
    assert not data or data.endswith(b"\n")
    return [json.loads(line)["sequence"] for line in data.splitlines()]


def _unpack(data: bytes, packing: str) -> bytes:
    if packing == "gzip":
        return gzip.decompress(data) if data else b""
    if packing == "zstd":
        zstandard = pytest.importorskip("zstandard")
        return bytes(zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read())
    return data


# --- before the run ---


def test_a_path_that_can_be_written_is_no_problem_and_nothing_is_left_behind(tmp_path: Path) -> None:
    assert SINK.prepare(_options(tmp_path / "out.jsonl"), True) == []
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    (problem,) = SINK.prepare(_options(tmp_path / "no" / "out.jsonl"), False)
    assert problem.path == "path"
    assert "its folder does not exist" in problem.found
    assert f"mkdir -p '{tmp_path / 'no'}'" in problem.hint


def test_a_folder_and_a_pipe_are_refused_without_waiting_for_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is a folder" in SINK.prepare(_options(tmp_path), False)[0].found
    assert "no regular file" in SINK.prepare(_options(tmp_path / "pipe"), False)[0].found


def test_a_folder_that_takes_no_files_is_refused(tmp_path: Path) -> None:
    # root may write anywhere but here
    (problem,) = SINK.prepare(_options(Path("/proc/out.jsonl")), False)
    assert "/proc/out.jsonl" in problem.found


def test_a_file_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("precious\n")
    (problem,) = SINK.prepare(_options(path), False)
    assert "exists already" in problem.found
    assert "mode: append" in problem.hint
    assert path.read_text() == "precious\n"
    with pytest.raises(FileExistsError):
        _sink(_options(path))
    assert path.read_text() == "precious\n"


def test_the_truth_file_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "out.truth.jsonl").write_text("precious\n")
    assert SINK.prepare(_options(tmp_path / "out.jsonl"), False) == []
    assert "out.truth.jsonl" in SINK.prepare(_options(tmp_path / "out.jsonl"), True)[0].found


def test_an_empty_file_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").touch()
    assert SINK.prepare(_options(tmp_path / "out.jsonl"), False) == []


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_of_something_else_is_never_cut(tmp_path: Path, packing: str) -> None:
    if packing == "zstd":
        pytest.importorskip("zstandard")
    path = tmp_path / "thesis.doc"
    path.write_bytes(b"no line end in here")
    options = _options(path, mode="append", compression=packing)
    if packing == "none":
        assert "holds no whole line" in SINK.prepare(options, False)[0].found
    with pytest.raises(NotOursError):
        _sink(options)
    assert path.read_bytes() == b"no line end in here"


def test_a_file_that_another_process_writes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    take = "import fcntl, sys; file = open(sys.argv[1], 'ab'); fcntl.lockf(file, fcntl.LOCK_EX)"
    code = f"{take}; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (problem,) = SINK.prepare(_options(path, mode="append"), False)
        other.communicate()
    assert "another process writes to it" in problem.found
    assert SINK.prepare(_options(path, mode="append"), False) == []


def test_a_file_that_another_process_took_meanwhile_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.sinks._line_file.fcntl.lockf", _refuse(errno.EAGAIN))
    with pytest.raises(InUseError):
        LineFile(str(tmp_path / "out"), "none", "append")
    monkeypatch.setattr("actors.sinks._line_file.fcntl.lockf", _refuse(errno.ENOLCK))
    LineFile(str(tmp_path / "out"), "none", "append").close()


def test_a_missing_library_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    (problem,) = SINK.prepare(_options(tmp_path / "out.jsonl.zst", compression="zstd"), False)
    assert problem.path == "compression"
    assert "data-simulator[zstd]" in problem.hint


@pytest.mark.parametrize(
    "bad",
    [
        {"path": ""},
        {"path": "a\0b"},
        {"path": 3},
        {"mode": "overwrite"},
        {"compression": "rar"},
        {"capacity": 0},
        {"capacity": 10, "high_water": 11},
        {"batch": True},
        {"colour": "red"},
    ],
)
def test_options_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileOptions(**{"path": "out.jsonl", **bad})


@pytest.mark.parametrize(
    ("path", "truth", "rejected"),
    [
        ("out.jsonl", "out.truth.jsonl", "out.rejected.jsonl"),
        ("out.jsonl.gz", "out.truth.jsonl.gz", "out.rejected.jsonl"),
        ("a.b/out.zst", "a.b/out.truth.jsonl.zst", "a.b/out.rejected.jsonl"),
        ("out", "out.truth.jsonl", "out.rejected.jsonl"),
        ("out.2026.ndjson", "out.2026.truth.ndjson", "out.2026.rejected.ndjson"),
    ],
)
def test_the_names_beside_it(path: str, truth: str, rejected: str) -> None:
    options = _options(Path(path))
    assert options.paths(True) == (path, truth)
    assert options.rejected_path == rejected


def test_two_sinks_may_not_share_a_file(tmp_path: Path) -> None:
    one, other = _options(tmp_path / "out.jsonl"), _options(tmp_path / "x" / ".." / "out.truth.jsonl")
    assert clashes([Claimed("sinks[0]", SINK, one, False), Claimed("sinks[1]", SINK, other, False)]) == []
    (problem,) = clashes([Claimed("sinks[0]", SINK, one, True), Claimed("sinks[1]", SINK, other, False)])
    assert problem.path == "sinks[1]"
    assert "sinks[0]" in problem.hint


# --- what is written ---


@pytest.mark.parametrize("packing", PACKINGS)
def test_frames_and_truths_go_to_files_of_their_own(tmp_path: Path, packing: str) -> None:
    if packing == "zstd":
        pytest.importorskip("zstandard")
    sink, pump = _sink(_options(tmp_path / "out.jsonl", compression=packing), truth=True)
    _put(sink, 0, 1)
    sink.lane.put_truth(Truth("pi-1", 0, 0, "running", 1.0, None, (), (), (), ()))
    pump.finish()
    frames = _unpack((tmp_path / "out.jsonl").read_bytes(), packing).splitlines()
    truths = _unpack((tmp_path / "out.truth.jsonl").read_bytes(), packing).splitlines()
    assert [json.loads(line)["sequence"] for line in frames] == [0, 1]
    assert [json.loads(line)["state"] for line in truths] == ["running"]
    assert not (tmp_path / "out.rejected.jsonl").exists()
    assert not [word for word in ("state", "health", "rul", "wear", "clean", "symptom") if word in repr(frames)]


def test_the_modes(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    (tmp_path / "out.rejected.jsonl").write_text("of an earlier run\n")
    for mode, expected in (("fail", [1]), ("append", [1, 1]), ("replace", [1])):
        options = _options(path, mode=mode)
        assert SINK.prepare(options, False) == []
        sink, pump = _sink(options)
        _put(sink, 1)
        pump.finish()
        assert _sequences(path) == expected
    assert not (tmp_path / "out.rejected.jsonl").exists()


@pytest.mark.parametrize("mode", ["fail", "append", "replace"])
def test_a_writer_that_takes_over_goes_on_where_the_last_one_stopped(tmp_path: Path, mode: str) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl", mode=mode))
    _put(sink, 0, 1)
    assert pump.turn()
    pump.fail()
    _put(sink, 2)
    successor = sink.pump(2, lambda: None)
    successor.start()
    successor.finish()
    assert _sequences(tmp_path / "out.jsonl") == [0, 1, 2]


def test_a_first_opening_that_fails_does_not_turn_replace_into_append(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")
    sink = SINK.build(_options(path, mode="replace"), Surroundings("file", wall=FakeWall()))
    with monkeypatch.context() as broken:
        broken.setattr(os, "open", _refuse(errno.EMFILE))
        pump = sink.pump(1, lambda: None)
        with pytest.raises(OSError, match="open files"):
            pump.start()
        pump.fail()
    pump = sink.pump(2, lambda: None)
    pump.start()
    pump.finish()
    assert path.read_text() == ""


def _refuse(number: int) -> Callable[..., Any]:
    def refuse(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


# --- torn tails ---


@given(cut=st.integers(0, 400), lines=st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), min_size=1))
def test_a_torn_tail_is_cut_and_no_whole_line_with_it(
    tmp_path_factory: pytest.TempPathFactory, cut: int, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("torn") / "out"
    data = b"".join(line + b"\n" for line in lines)
    kept = data[: max(len(lines[0]) + 1, len(data) - cut)]
    path.write_bytes(kept)
    file = LineFile(str(path), "none", "append")
    file.append(b"new\n")
    file.close()
    assert path.read_bytes() == kept[: kept.rfind(b"\n") + 1] + b"new\n"


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@given(cut=st.integers(0, 200))
def test_a_torn_batch_is_cut_and_no_whole_one_with_it(
    tmp_path_factory: pytest.TempPathFactory, packing: Any, cut: int
) -> None:
    if packing == "zstd":
        pytest.importorskip("zstandard")
    path = tmp_path_factory.mktemp("torn") / "out"
    file = LineFile(str(path), packing, "append")
    ends = []
    for number in range(5):
        file.append(b"line %d\n" % number)
        ends.append(file.end)
    file.close()
    size = max(ends[0], ends[-1] - cut)
    os.truncate(path, size)
    whole = [number for number, end in enumerate(ends) if end <= size]
    file = LineFile(str(path), packing, "append")
    file.append(b"new\n")
    file.close()
    expected = b"".join(b"line %d\n" % number for number in whole) + b"new\n"
    assert _unpack(path.read_bytes(), packing) == expected


def test_a_last_line_longer_than_a_block_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_line_file, "_BLOCK", 7)
    path = tmp_path / "out"
    path.write_bytes(b"x" * 30 + b"\n" + b"torn" * 10)
    LineFile(str(path), "none", "append").close()
    assert path.read_bytes() == b"x" * 30 + b"\n"


# --- when the disk does not take it ---


class _FullDisk:
    """A disk with so many bytes left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        self._write = os.write
        monkeypatch.setattr("actors.sinks._line_file.os.write", self)

    def __call__(self, fd: int, data: Any) -> int:
        if self.left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self._write(fd, data[: self.left])
        self.left -= taken
        return taken


def test_what_was_written_of_a_batch_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LineFile(str(tmp_path / "out"), "none", "append")
    file.append(b"first\n")
    disk = _FullDisk(monkeypatch, 3)
    with pytest.raises(OSError, match="No space"):
        file.append(b"second\n")
    assert (tmp_path / "out").read_bytes() == b"first\n"
    disk.left = 100
    file.append(b"third\n")
    file.close()
    assert (tmp_path / "out").read_bytes() == b"first\nthird\n"


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("left", [0, 1, 100, 250])
def test_a_full_disk_loses_nothing_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str, left: int
) -> None:
    if packing == "zstd":
        pytest.importorskip("zstandard")
    sink, pump = _sink(_options(tmp_path / "out.jsonl", compression=packing, sync="never"), truth=True)
    disk = _FullDisk(monkeypatch, left)
    _put(sink, *range(3))
    for sequence in range(3):
        sink.lane.put_truth(Truth("pi-1", sequence, 0, "running", 1.0, None, (), (), (), ()))
    assert pump.turn()
    assert "No space left" in sink.problem
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert sink.books.totals().queued == 3
    assert sink.depth == 6
    disk.left = 10**9
    assert pump.turn()
    assert sink.problem == ""
    pump.finish()
    assert sink.books.totals().acked == sink.truth_books.totals().acked == 3
    frames = _unpack((tmp_path / "out.jsonl").read_bytes(), packing).splitlines()
    assert [json.loads(line)["sequence"] for line in frames] == [0, 1, 2]


def test_a_disk_that_is_still_full_at_the_end_leaves_the_rest_in_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl", sync="never"))
    disk = _FullDisk(monkeypatch, 0)
    _put(sink, 0, 1)
    assert pump.turn()
    with pytest.raises(OSError, match="No space"):
        pump.finish()
    assert sink.books.totals().queued == 2
    disk.left = 10**9
    pump.finish()
    assert sink.problem == ""
    assert _sequences(tmp_path / "out.jsonl") == [0, 1]
    assert sink.books.totals().acked == 2


def test_a_disk_that_fails_to_sync_is_opened_once_per_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl"))
    _put(sink, 0)
    with monkeypatch.context() as broken:
        broken.setattr(LineFile, "sync", _refuse(errno.EIO))
        assert pump.turn()
        assert "Input/output" in sink.problem
    opened: list[str] = []
    begin = LineFile.__init__

    def count(file: LineFile, *args: Any) -> None:
        opened.append(args[0])
        begin(file, *args)

    monkeypatch.setattr(LineFile, "__init__", count)
    for _ in range(3):
        assert pump.turn()
    assert sink.problem == ""
    assert len(opened) == 1
    pump.finish()


def test_a_batch_that_the_disk_did_not_confirm_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl", sync="batch"))
    _put(sink, 0)
    with monkeypatch.context() as broken:
        broken.setattr(LineFile, "sync", _refuse(errno.EIO))
        assert pump.turn()
    assert sink.books.totals().queued == 1
    pump.finish()
    assert _sequences(tmp_path / "out.jsonl") == [0]


def test_trouble_is_told_once_and_so_is_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl", sync="never"))
    told: list[str] = []
    pump._troubled = told.append
    disk = _FullDisk(monkeypatch, 0)
    _put(sink, 0)
    for _ in range(3):
        assert pump.turn()
    disk.left = 10**9
    for _ in range(3):
        assert pump.turn()
    pump.finish()
    assert told == ["[Errno 28] No space left on device", ""]


def test_a_truth_without_a_file_for_it_is_rejected(tmp_path: Path) -> None:
    sink, pump = _sink(_options(tmp_path / "out.jsonl"))
    _put(sink, 0)
    sink.lane.put_truth(Truth("pi-1", 0, 0, "running", 1.0, None, (), (), (), ()))
    pump.finish()
    assert _sequences(tmp_path / "out.jsonl") == [0]
    assert sink.truth_books.totals().rejected == 1
    assert sink.rejected[0].reason == "this sink has no truth"


@pytest.mark.parametrize(("sync", "syncs"), [("never", 0), ("second", 2), ("batch", 5)])
def test_the_disk_is_waited_for_as_often_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: str, syncs: int
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(LineFile, "sync", lambda file: waited.append(file.end))
    sink, pump = _sink(_options(tmp_path / "out.jsonl", sync=sync, batch=1))
    _put(sink, *range(5))
    pump.turn()
    _put(sink) if sync == "batch" else _put(sink, 5)
    pump.finish()
    assert len(waited) == syncs


# --- kill -9 ---


def test_a_killed_process_leaves_whole_lines_and_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    """The child says after each turn how many frames the books call delivered; it is killed in mid-flight."""
    code = textwrap.dedent(
        """
        import sys
        from actors.sinks.base import Surroundings
        from actors.sinks.file import SINK, FileOptions
        from engine.clock import FakeWall
        from schemas.readings import Frame, Reading
        sink = SINK.build(FileOptions(path=sys.argv[1], mode="append", batch=50), Surroundings("file", wall=FakeWall()))
        pump = sink.pump(1, lambda: None)
        pump.start()
        for turn in range(10**6):
            for n in range(50):
                s = turn * 50 + n
                sink.lane.put(Frame("pi-1", "raspberry-pi", s, s, (Reading("fan", "fan", "CFM", 1.5, s),) * 20, None))
            pump.turn()
            print(sink.books.totals().acked, flush=True)
        """
    )
    path = tmp_path / "out.jsonl"
    acked = 0
    for kill in range(5):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            said = [int(child.stdout.readline()) for _ in range(3 + 7 * kill)]
            os.kill(child.pid, signal.SIGKILL)
            said += [int(line) for line in child.stdout.read().splitlines()[:-1]]
        acked = said[-1]
        LineFile(str(path), "none", "append").close()
        counts = Counter(_sequences(path))
        assert set(range(acked)) <= set(counts)
        assert max(counts.values()) <= kill + 1
