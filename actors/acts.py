"""Acts: one scenario's steps as they are being played - what is due next, what waits for a condition."""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, Protocol


class Script(Protocol):
    """A scenario's timeline, resolved: what is due when, and which commands that means."""

    steps: Any
    chaos: Any
    expectations: Any

    def due(self) -> Iterator[Any]: ...
    def conditional(self) -> tuple[int, ...]: ...
    def occurrence(self, position: int, number: int, at_ns: int) -> Any: ...
    def consequences(self, due: Any) -> Iterator[Any]: ...
    def victims(self, due: Any, disturbed: Any = ()) -> Any: ...
    def orders(self, due: Any, devices: Any) -> tuple[Any, ...]: ...
    def meant(self, on: Any) -> list[str]: ...


class Waiting:
    """One step that waits for its condition."""

    __slots__ = ("fired", "held", "since_ns")

    def __init__(self) -> None:
        self.since_ns: int | None = None
        """Since when the condition holds; `None` while it does not."""
        self.held = False
        """Whether it has fired since the condition last began to hold."""
        self.fired = 0


class Act:
    """A script that is being played since an instant."""

    def __init__(self, script: Script, start_ns: int, document: str = "") -> None:
        """`document` is the text it was made from, for one that came from outside."""
        self.script = script
        self.start_ns = start_ns
        self.document = document
        self.pending = script.due()
        self.next: Any = next(self.pending, None)
        self.later: list[Any] = []
        """Consequences of steps that waited for a condition: a heap."""
        self.waiting = {position: Waiting() for position in script.conditional()}
        self.stopped = False
        """Whether all that it had begun was ended and undone."""

    def next_ns(self) -> int | None:
        """When something is due next."""
        dues = [due.at_ns for due in (self.next, self.later[0] if self.later else None) if due is not None]
        return self.start_ns + min(dues) if dues else None

    @property
    def end_ns(self) -> int | None:
        """When everything is to be ended and undone; `None` when that has been or is never."""
        end_ns: int | None = self.script.chaos.end_ns
        return None if end_ns is None or self.stopped else self.start_ns + end_ns

    def pop(self, now_ns: int) -> Any:
        """The next occurrence that is due by now, or `None`."""
        candidates = [due for due in (self.next, self.later[0] if self.later else None) if due is not None]
        if not candidates or self.start_ns + min(candidates).at_ns > now_ns:
            return None
        due = min(candidates)
        if due is self.next:
            self.next = next(self.pending, None)
            return due
        return heappop(self.later)

    def fire(self, position: int, now_ns: int) -> Any:
        """The occurrence of a step whose condition holds; what it brings later is kept."""
        wait = self.waiting[position]
        due = self.script.occurrence(position, wait.fired, now_ns - self.start_ns)
        wait.fired += 1
        for later in self.script.consequences(due):
            heappush(self.later, later)
        return due

    def ready(self, position: int, holds: bool, now_ns: int) -> bool:
        """Whether a waiting step is to be played, now that its condition has been looked at."""
        wait, step = self.waiting[position], self.script.steps[position]
        offset = now_ns - self.start_ns
        if offset < step.first_ns or (step.until_ns is not None and offset >= step.until_ns) or not holds:
            wait.since_ns, wait.held = None, False
            return False
        if wait.since_ns is None:
            wait.since_ns = now_ns
        if wait.held or wait.fired >= step.times or now_ns - wait.since_ns < (step.when.for_ns or 0):
            return False
        wait.held = True
        return True

    @property
    def idle(self) -> bool:
        """Whether nothing can come any more."""
        open_ = any(self.script.steps[n].times > wait.fired for n, wait in self.waiting.items())
        return self.next is None and not self.later and not open_

    def stop(self) -> None:
        """Play nothing more."""
        self.stopped = True
        self.next, self.later, self.waiting = None, [], {}
        self.pending = iter(())

    # --- what is kept when the process changes ---

    def snapshot(self) -> tuple[Any, ...]:
        """Plain data."""
        waiting = [(n, wait.since_ns, wait.held, wait.fired) for n, wait in self.waiting.items()]
        position = None if self.next is None else _name(self.next)
        return self.start_ns, self.document, position, [_name(due) for due in self.later], waiting, self.stopped

    def restore(self, data: tuple[Any, ...]) -> None:
        """Go on from there. The script must be the same."""
        # earlier checkpoints do not say whether it was stopped
        _, _, position, later, waiting, *rest = data
        self.stopped = bool(rest and rest[0])
        while self.next is not None and _name(self.next) != position:
            self.next = next(self.pending, None)
        for at_ns, place, number, undo, stage in later:
            due = self.script.occurrence(place, number, at_ns)
            heappush(self.later, due._replace(undo=undo, stage=stage))
        kept = self.waiting
        self.waiting = {}
        for n, since_ns, held, fired in waiting:
            wait = self.waiting[n] = kept.get(n, Waiting())
            wait.since_ns, wait.held, wait.fired = since_ns, held, fired


def _name(due: Any) -> tuple[Any, ...]:
    return due.at_ns, due.position, due.number, due.undo, due.stage
