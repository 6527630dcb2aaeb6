"""What the system holds of a sink: its parts to put on stage, its books, its gauge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from actors.sinks.base.options import SinkOptions
from actors.sinks.base.records import Rejected
from actors.sinks.base.valve import Buckets, Valve
from engine.clock import Wall, WallClock
from schemas.addresses import sink_address
from schemas.books import Books
from schemas.commands import ConnectionCommand
from schemas.formats.base import Format
from schemas.formats.json import FORMAT
from schemas.problems import Problem
from schemas.queries import SinkView
from schemas.settings import Settings


class Part(NamedTuple):
    """An actor of a sink, for the supervisor."""

    address: str
    factory: Callable[[str, int], Any]
    """Starts the actor, from address and generation; gives its reference."""
    threaded: bool
    shutdown_s: float


def _nothing(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sink is told of the world it is put into."""

    name: str
    """Its name in the scenario."""
    format: Format = FORMAT
    truth: bool = False
    """Whether it is sent truths."""
    faults: bool = False
    """Whether it is sent records of faults."""
    gated: Callable[[], bool] = lambda: True
    """Whether the clock waits for sinks now (pace max). Called on the dispatcher's thread."""
    footer: Callable[[], str] = lambda: ""
    """A line about the run, for a sink that people look at."""
    ended: Callable[[str], None] = _nothing
    """Told once, on the sink's own thread, when nobody is left to write to; the reason."""
    wall: Wall = field(default_factory=WallClock)
    state_folder: Path | None = None
    """Where the run keeps what outlives the process: spools, ids of schemas. `None`: nowhere."""
    buckets: Buckets = field(default_factory=Buckets)
    """How much may go to each target."""
    settings: Settings = field(default_factory=Settings)
    """What the environment says of brokers and registries."""


class Sink(Protocol):
    """One sink of one run. It outlives its actors: their restarts lose neither records nor counts."""

    @property
    def name(self) -> str:
        """Its name in the scenario."""

    @property
    def kind(self) -> str:
        """The word of its kind."""

    @property
    def address(self) -> str:
        """Where devices tell it frames, truths and records of faults."""

    @property
    def books(self) -> Books:
        """What became of its frames."""

    @property
    def truth_books(self) -> Books:
        """What became of its truths."""

    @property
    def fault_books(self) -> Books:
        """What became of its records of faults."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its actors in the order in which they start. The last one is the door, at `address`."""

    @property
    def depth(self) -> int:
        """Records inside, not settled yet."""

    @property
    def fenced(self) -> int:
        """Records that a replaced writer was kept from writing. Its successor has them, so the books do not."""

    @property
    def rejected(self) -> Sequence[Rejected]:
        """The last hundred records that were rejected."""

    @property
    def problem(self) -> str:
        """What keeps it from working now; empty when nothing does."""

    def open(self) -> bool:
        """Whether the clock may go on at pace max."""

    def abandon(self) -> int:
        """Give up what is still inside, dropped as `abandoned`, and take nothing more. How many that was."""


@runtime_checkable
class HasConnections(Protocol):
    """A sink through which devices have connections to the outside, which they can act out."""

    @property
    def has_connections(self) -> bool:
        """Whether they have, with the options given."""

    def act(self, command: ConnectionCommand) -> None:
        """Have a device act out its connection. Never blocks."""


@runtime_checkable
class GoesOn(Protocol):
    """A kind of sink that opens differently when a process goes on with the run of an earlier one."""

    def going_on(self, options: Any) -> Any:
        """The options of the process that goes on, from those of the scenario."""


@runtime_checkable
class TakesFaults(Protocol):
    """A kind of sink that may be sent records of faults."""

    def claims_of_faults(self, options: Any) -> tuple[str, ...]:
        """What it must have for itself because of them, besides `claims`."""

    def prepare_faults(self, options: Any) -> list[Problem]:
        """What would keep it from taking them, besides `prepare`."""


class NothingMore:
    """Base of a kind that takes records of faults and needs nothing more for them."""

    def claims_of_faults(self, options: Any) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Nothing."""
        return ()

    def prepare_faults(self, options: Any) -> list[Problem]:  # noqa: ARG002
        """Nothing can be wrong."""
        return []


class SinkKind(Protocol):
    """A member of the family of sinks: `SINK` of its module."""

    @property
    def name(self) -> str:
        """The word in scenarios."""

    @property
    def options(self) -> type[SinkOptions]:
        """The model of its options."""

    def claims(self, options: Any, truth: bool) -> tuple[str, ...]:
        """What it must have for itself, as names that two sinks of one run may not share."""

    def prepare(self, options: Any, truth: bool) -> list[Problem]:
        """What would keep it from working, found before anything starts. Leaves nothing behind."""

    def build(self, options: Any, surroundings: Surroundings) -> Sink:
        """Make one. Opens nothing: that is for its actors to do."""


class Claimed(NamedTuple):
    """One sink of a scenario, for `clashes`."""

    path: str
    """Where it stands in the scenario: `sinks[0]`."""
    kind: SinkKind
    options: SinkOptions
    truth: bool
    faults: bool = False


def clashes(sinks: Sequence[Claimed]) -> list[Problem]:
    """What two sinks of one scenario both want for themselves."""
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for path, kind, options, truth, faults in sinks:
        more = kind.claims_of_faults(options) if faults and isinstance(kind, TakesFaults) else ()
        for claim in (*kind.claims(options, truth), *more):
            owner = owners.setdefault(claim, path)
            if owner != path:
                problems.append(Problem(path, claim, "one sink each", f"{owner} has it already."))
    return problems


def view(sink: Sink) -> SinkView:
    """A sink seen from outside."""
    return SinkView(
        sink.name,
        sink.kind,
        sink.books.totals(),
        sink.truth_books.totals(),
        sink.depth,
        sink.fenced,
        sink.problem,
        *((valve.enabled, valve.per_s) if (valve := valve_of(sink)) is not None else (True, None)),
        sink.fault_books.totals(),
    )


def valve_of(sink: Sink) -> Valve | None:
    """What lets a sink's records out, where there is such a thing."""
    valve = getattr(getattr(sink, "lane", None), "valve", None)
    return valve if isinstance(valve, Valve) else None


def address_of(name: str) -> tuple[str, str]:
    """The addresses of a sink's door and of its writer."""
    door = sink_address(name)
    return door, f"{door}/writer"
