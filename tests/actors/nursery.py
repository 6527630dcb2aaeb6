"""A supervisor with children on a virtual clock, for the tests of supervision."""

from collections.abc import Callable, Sequence
from typing import Any

from actors.supervisor import Supervisor
from engine.actor import DispatchedActor
from engine.dispatcher import Dispatcher
from engine.supervision import AddChildren, Backoff, BranchSpec, ChildrenAdded, ChildSpec, Outcome
from schemas.addresses import SUPERVISOR
from schemas.queries import ChildView, GetChildren

S = 1_000_000_000
STEADY = Backoff(low=1.0, high=1.0)
"""A back-off without chance: 1, 2, 4... s."""


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def tell(self, message: Any, /) -> None:
        """Keep it."""
        self.heard.append(message)


class Waits:
    """Wall time that goes by only when it is told to."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.calls: list[tuple[int, Callable[[], object]]] = []

    def after(self, delay_ns: int, call: Callable[[], object]) -> None:
        """Keep the call until its time."""
        self.calls.append((self.now_ns + delay_ns, call))

    def advance(self, seconds: float) -> None:
        """Let wall time go by."""
        self.now_ns += round(seconds * S)
        due = sorted((pair for pair in self.calls if pair[0] <= self.now_ns), key=lambda pair: pair[0])
        self.calls = [pair for pair in self.calls if pair[0] > self.now_ns]
        for _, call in due:
            call()


class Kid(DispatchedActor):
    """Does what it is told, and writes down what happens to it."""

    def __init__(self, nursery: "Nursery") -> None:
        super().__init__()
        assert self.address is not None
        self.nursery = nursery
        if nursery.faults.get(self.address) == "init":
            raise ValueError("no init")

    def on_start(self) -> None:
        assert self.address is not None
        if self.nursery.faults.get(self.address) == "on_start":
            raise OSError("no start")
        self.nursery.log.append(("start", self.address, self.generation))

    def on_stop(self) -> None:
        assert self.address is not None
        self.nursery.log.append(("stop", self.address, self.generation))
        if self.nursery.faults.get(self.address) == "on_stop":
            raise RuntimeError("no stop")

    def on_receive(self, message: Any) -> Any:
        if message == "crash":
            raise ValueError("crash")
        if message == "end":
            self.stop()
        elif isinstance(message, BaseException):
            raise message
        else:
            self.nursery.heard.append((self.address, self.generation, message))
        return message


class Nursery:
    """One dispatcher in virtual time, one supervisor."""

    def __init__(self, *branches: BranchSpec, start: Any = Kid.start, **more: Any) -> None:
        self.dispatcher = Dispatcher(start_ns=0)
        self.journal = Ear()
        self.waits = Waits()
        self.faults: dict[str, str] = {}
        self.log: list[tuple[str, str, int]] = []
        self.heard: list[Any] = []
        self.collapses: list[str] = []
        self.crowds: list[int] = []
        self.start = start
        settings: dict[str, Any] = {
            "draw": lambda address, failure: 0.5,
            "journal": self.journal,
            "on_collapse": self.collapses.append,
            "on_zombies": self.crowds.append,
            "waits": self.waits,
            **more,
        }
        self.supervisor = self.dispatcher.spawn(
            SUPERVISOR, 1, lambda: Supervisor.start(branches or (BranchSpec("fleet"),), **settings)
        )

    def factory(self, address: str, generation: int) -> Any:
        """Starts one kid."""
        return self.start(self)

    def spec(self, address: str, **more: Any) -> ChildSpec:
        """A child with a steady back-off."""
        return ChildSpec(address, self.factory, **{"backoff": STEADY, **more})

    def add(self, *specs: ChildSpec, branch: str = "fleet", all_or_nothing: bool = False) -> Sequence[Outcome]:
        """Add children and give what became of them."""
        ear = Ear()
        self.tell(AddChildren(specs, branch, all_or_nothing, ear))
        (answer,) = ear.heard
        assert isinstance(answer, ChildrenAdded)
        return answer.outcomes

    def tell(self, message: Any) -> None:
        """Tell the supervisor something and live the present instant."""
        self.supervisor.tell(message)
        self.settle()

    def command(self, kind: Any, *arguments: Any) -> Any:
        """Tell it something that has an answer, and give the answer."""
        ear = Ear()
        self.tell(kind(*arguments, ear))
        return ear.heard[0] if ear.heard else None

    def kid(self, address: str, message: Any) -> None:
        """Tell a child something and live the present instant."""
        self.dispatcher.send(address, message)
        self.settle()

    def settle(self) -> None:
        """Live the present instant to its end."""
        self.dispatcher.run(self.dispatcher.now_ns + 1)

    def run(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.dispatcher.run(self.dispatcher.now_ns + round(seconds * S))

    def views(self) -> dict[str, ChildView]:
        """All children, by address."""
        views: Any = self.supervisor.ask(GetChildren(), timeout=5)
        return {view.address: view for view in views}

    def view(self, address: str) -> ChildView:
        """One child as seen from outside."""
        return self.views()[address]

    def until(self, condition: Callable[[], bool]) -> None:
        """Live the present instant, with what threads send into it, until something is so (10 s of real time)."""
        bell = self.dispatcher.door.bell
        for _ in range(100):
            bell.clear()
            self.dispatcher.run(self.dispatcher.now_ns)
            if condition():
                return
            bell.wait(0.1)
        raise AssertionError("it did not come to that")

    @property
    def boss(self) -> Supervisor:
        """The supervisor itself."""
        boss = self.dispatcher.directory.endpoint(SUPERVISOR).cell.actor
        assert isinstance(boss, Supervisor)
        return boss

    def took(self) -> list[tuple[str, str, int]]:
        """Starts and stops since the last look."""
        log = list(self.log)
        self.log.clear()
        return log

    def events(self) -> list[tuple[str, str, int]]:
        """Kind, address and generation of the journal's events since the last look."""
        heard = [(type(event).__name__, event.address, event.generation) for event in self.journal.heard]
        self.journal.heard.clear()
        return heard
