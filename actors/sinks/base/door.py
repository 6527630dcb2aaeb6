"""The door of a sink: the actor, on the dispatcher, that devices tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from actors.sinks.base.sink import HasConnections, Sink, valve_of, view
from engine.actor import DispatchedActor
from schemas.commands import ConnectionCommand, Crash
from schemas.queries import GetBooks, SwitchSink
from schemas.readings import FaultRecord, Frame, Truth


class Intake(Protocol):
    """What a door carries records into. Called for every record: it must be quick and must never block."""

    def put(self, frame: Frame) -> None:
        """Take a frame."""

    def put_truth(self, truth: Truth) -> None:
        """Take a truth."""

    def put_fault(self, fault: FaultRecord) -> None:
        """Take a record of a fault."""

    def admit(self) -> None:
        """The door opens."""

    def refuse(self) -> None:
        """The door closes: what comes from now on is dropped."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Let records pass by, or no longer: a run that goes on says again what an earlier process has carried out."""

    muted: bool


def _pass_by(_: object) -> None:
    """What becomes of a record that was carried out before."""


class Door(DispatchedActor):
    """Takes what devices tell the sink. All it has is the sink's, so a new one goes on where an old one died."""

    def __init__(self, sink: Sink, intake: Intake) -> None:
        super().__init__()
        self._sink = sink
        self._intake = intake
        self._put: Callable[[Frame], None] = intake.put
        self._put_truth: Callable[[Truth], None] = intake.put_truth
        self._put_fault: Callable[[FaultRecord], None] = intake.put_fault

    def on_start(self) -> None:
        self._intake.admit()

    def on_receive(self, message: Any) -> Any:
        match message:
            case Frame():
                self._put(message)
            case Truth():
                self._put_truth(message)
            case FaultRecord():
                self._put_fault(message)
            case GetBooks():
                return view(self._sink)
            case SwitchSink(enabled=enabled) if (valve := valve_of(self._sink)) is not None:
                valve.turn(enabled=enabled)
                return view(self._sink)
            case Mute(muted=muted):
                self._put = _pass_by if muted else self._intake.put
                self._put_truth = _pass_by if muted else self._intake.put_truth
                self._put_fault = _pass_by if muted else self._intake.put_fault
            case Crash():
                raise message.exception()
            case _ if isinstance(message, ConnectionCommand) and isinstance(self._sink, HasConnections):
                self._sink.act(message)
            case _:
                raise TypeError(f"a sink takes no {type(message).__name__}")
        return None

    def on_stop(self) -> None:
        self._intake.refuse()
