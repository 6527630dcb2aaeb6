"""What all sinks share: the door, the lane with its policies and its fence, the writer, the books, the gauge.

A kind of sink is a module with `SINK`, an object like `SinkKind`. One that may have to wait for the outside gives
`QueuedSink` an `Outlet`; one that never waits derives from `DirectSink`.
"""

from actors.sinks.base.direct import DirectSink
from actors.sinks.base.disk_faults import DiskFaults
from actors.sinks.base.lane import FencedError, Lane, Limits, Pass, Policy
from actors.sinks.base.options import LiveOptions, QueuedOptions, SinkOptions, SpoolOptions
from actors.sinks.base.pump import NobodyListensError, Outlet, Pump
from actors.sinks.base.queued import QueuedSink
from actors.sinks.base.records import Lines, Record, Rejected, encode_batch
from actors.sinks.base.sink import (
    Claimed,
    GoesOn,
    HasConnections,
    NothingMore,
    Part,
    Sink,
    SinkKind,
    Surroundings,
    TakesFaults,
    clashes,
    view,
)
from actors.sinks.base.spool import HighWater, Spool
from actors.sinks.base.spool_file import FileStore
from actors.sinks.base.spool_limits import SpoolLimits
from actors.sinks.base.spool_store import Drawn, MemoryStore
from actors.sinks.base.spooling import make_spool
from schemas.problems import Problem

__all__ = [
    "Claimed",
    "DirectSink",
    "DiskFaults",
    "Drawn",
    "FencedError",
    "FileStore",
    "GoesOn",
    "HasConnections",
    "HighWater",
    "Lane",
    "Limits",
    "Lines",
    "LiveOptions",
    "MemoryStore",
    "NobodyListensError",
    "NothingMore",
    "Outlet",
    "Part",
    "Pass",
    "Policy",
    "Problem",
    "Pump",
    "QueuedOptions",
    "QueuedSink",
    "Record",
    "Rejected",
    "Sink",
    "SinkKind",
    "SinkOptions",
    "Spool",
    "SpoolLimits",
    "SpoolOptions",
    "Surroundings",
    "TakesFaults",
    "clashes",
    "encode_batch",
    "make_spool",
    "view",
]
