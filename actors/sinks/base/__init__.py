"""What all sinks share: the door, the lane with its policies and its fence, the writer, the books, the gauge.

A kind of sink is a module with `SINK`, an object like `SinkKind`. One that may have to wait for the outside gives
`QueuedSink` an `Outlet`; one that never waits derives from `DirectSink`.
"""

from actors.sinks.base.direct import DirectSink
from actors.sinks.base.lane import FencedError, Lane, Limits, Pass, Policy
from actors.sinks.base.options import QueuedOptions, SinkOptions
from actors.sinks.base.pump import NobodyListensError, Outlet, Pump
from actors.sinks.base.queued import QueuedSink
from actors.sinks.base.records import Lines, Record, Rejected, encode_batch
from actors.sinks.base.sink import Claimed, HasConnections, Part, Sink, SinkKind, Surroundings, clashes, view
from schemas.problems import Problem

__all__ = [
    "Claimed",
    "DirectSink",
    "FencedError",
    "HasConnections",
    "Lane",
    "Limits",
    "Lines",
    "NobodyListensError",
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
    "Surroundings",
    "clashes",
    "encode_batch",
    "view",
]
