"""One device's part of a data set: blocks in, files out. Memory is bounded, however long the life."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pyarrow as pa

from actors.dataset.block import Block, Received
from actors.dataset.fault_table import plain_record
from actors.dataset.folder import Folder, Writer
from actors.dataset.outcome import Failure, Outcome, back_fill, count_within, cut_of, failures_of
from actors.dataset.plan import TEST, DatasetPlan, Unit
from actors.dataset.tables import live_truth, live_truth_schema, telemetry, telemetry_schema, truth_schema
from actors.device.memory import DeviceMemory
from schemas.events import Event

ROW_GROUP: Final = 65_536
"""Rows of a row group: a reader takes some MB at a time."""
_KEPT: Final = 2 * ROW_GROUP
"""Rows kept in memory; what is more goes to disk until the life's end is known."""


class Spill:
    """Record batches in order, in memory as long as they are few, else in a file beside."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._kept: list[pa.RecordBatch] = []
        self._rows = 0
        self._stream: pa.RecordBatchStreamWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """One more batch."""
        self._kept.append(batch)
        self._rows += batch.num_rows
        if self._rows > _KEPT:
            self._flush()

    def _flush(self) -> None:
        if self._stream is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = pa.ipc.new_stream(self._path, self._schema)
        for batch in self._kept:
            self._stream.write_batch(batch)
        self._kept.clear()
        self._rows = 0

    def groups(self) -> Iterator[pa.RecordBatch]:
        """All rows in batches of `ROW_GROUP`, whatever batches came in. Afterwards nothing is left."""
        pending: list[pa.RecordBatch] = []
        rows = 0
        for batch in self._all():
            pending.append(batch)
            rows += batch.num_rows
            while rows >= ROW_GROUP:
                whole = pa.concat_batches(pending)
                yield whole.slice(0, ROW_GROUP)
                pending = [whole.slice(ROW_GROUP)]
                rows -= ROW_GROUP
        if rows:
            yield pa.concat_batches(pending)

    def _all(self) -> Iterator[pa.RecordBatch]:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            with pa.OSFile(str(self._path)) as file:
                yield from pa.ipc.open_stream(file)
            self._path.unlink()
        yield from self._kept
        self._kept.clear()


class Piece:
    """Takes the blocks of one device; `finish` writes its files."""

    def __init__(self, folder: Folder, plan: DatasetPlan, unit: Unit) -> None:
        self._folder = folder
        self._plan = plan
        self._unit = unit
        # with the process in its name: one whose parent was killed may live on for a moment
        beside = f"{unit.id}.{os.getpid()}"
        self._telemetry = Spill(folder.work / f"{beside}.telemetry", telemetry_schema(plan))
        self._truth = Spill(folder.work / f"{beside}.truth", live_truth_schema(plan))
        self._faulty: Counter[str] = Counter()
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        self._frames = 0
        self._received = 0

    def add(self, block: Block) -> None:
        """Take some more frames."""
        if not len(block):
            return
        if self._first_ns is None:
            self._first_ns = block.time_ns.item(0)
        self._last_ns = block.time_ns.item(-1)
        self._frames += len(block)
        for sensor, words in block.faults.items():
            self._faulty[sensor] += sum(map(bool, words))
        if not self._plan.links:
            self._received += len(block)
            self._telemetry.add(telemetry(block, self._plan))
        self._truth.add(live_truth(block, self._plan))

    def receive(self, received: Received) -> None:
        """Take some more frames that have arrived, where that is another thing than that they were made."""
        self._received += len(received)
        self._telemetry.add(telemetry(received, self._plan))

    def finish(self, happened: Sequence[Event], memory: DeviceMemory, history: str) -> Outcome:
        """Write the files of the device; what the end tells of every frame is filled in now."""
        plan, unit = self._plan, self._unit
        failures = failures_of(happened)
        cut_ns = cut_of(unit, plan.scenario.seed, self._first_ns, plan.until_ns, failures)
        self._write_telemetry(cut_ns)
        within = self._write_truth(failures)
        return Outcome(
            device=unit.id,
            site=unit.site,
            split=unit.split,
            frames=self._frames,
            received=self._received,
            readings=memory.readings,
            first_ns=self._first_ns,
            last_ns=self._last_ns,
            failures=failures,
            cut_ns=cut_ns,
            digest=memory.digest.hex(),
            history=history,
            within=dict(within),
            faulty=dict(self._faulty),
            events=tuple({"event": event.__class__.__name__, **asdict(event)} for event in happened),
            records=tuple(plain_record(one) for one in memory.records.all()),
        )

    def _path(self, table: str, *, sealed: bool) -> Path:
        return self._folder.part(table, self._unit.site, self._unit.id, sealed=sealed)

    def _write_telemetry(self, cut_ns: int | None) -> None:
        """All of it in the open, or only what comes before the cut."""
        schema = telemetry_schema(self._plan)
        writers: dict[bool, Writer] = {}
        for batch in self._telemetry.groups():
            times = batch.column("received" if self._plan.links else "time").view(pa.int64()).to_numpy()
            shown = len(times) if cut_ns is None else int((times < cut_ns).sum())
            for sealed, part in ((False, batch.slice(0, shown)), (True, batch.slice(shown))):
                if part.num_rows:
                    writer = writers.get(sealed)
                    if writer is None:
                        writer = writers[sealed] = Writer(self._path("telemetry", sealed=sealed), schema)
                    writer.write(pa.Table.from_batches([part]))
        for writer in writers.values():
            writer.close()

    def _write_truth(self, failures: Sequence[Failure]) -> Counter[str]:
        schema = truth_schema(self._plan)
        writer: Writer | None = None
        within: Counter[str] = Counter()
        for batch in self._truth.groups():
            filled = back_fill(batch, failures, self._plan.until_ns)
            within.update(count_within(filled[0], filled[1]))
            place = batch.schema.get_field_index("rul_s") + 1
            columns = [*batch.columns[:place], *filled, *batch.columns[place:]]
            if writer is None:
                writer = Writer(self._path("truth", sealed=self._unit.split == TEST), schema)
            writer.write(pa.Table.from_arrays(columns, schema=schema))
        if writer is not None:
            writer.close()
        return within
