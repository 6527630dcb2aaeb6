"""What the timeline remembers: how far it has come, what it holds, and what it is looked at with."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from actors.acts import Act, Script
from actors.chaos.base import Backstage
from schemas.commands import Command
from schemas.scenario.holds import Holds


class Looks(Protocol):
    """What conditions are looked at with."""

    def holds(self, condition: Any, devices: Iterable[str]) -> bool: ...


class Judges(Protocol):
    """Whoever follows the run and judges it in the end."""

    def may_begin(self, now_ns: int) -> bool: ...
    def look(self, now_ns: int, in_force: int) -> None: ...
    def began(self, key: str, word: str, victims: Iterable[str], now_ns: int) -> None: ...
    def snapshot(self) -> Any: ...
    def restore(self, data: Any) -> None: ...


class TimelineMemory:
    """How far the timeline has come and what it holds; outlives the actor."""

    def __init__(self, script: Script, start_ns: int, first: Iterable[Command]) -> None:
        self.start_ns = start_ns
        self.first = tuple(first)
        self.acts = [Act(script, start_ns)]
        self.later: list[tuple[int, Command]] = []
        """What was asked from outside for a later instant, by instant, then in the order in which it came."""
        self.holds = Holds()
        self.tokens: dict[tuple[str, str], Any] = {}
        """What actions of chaos need to be undone, by action and target; none of it outlives the process."""
        self.struck: dict[str, None] = {}
        """Addresses whose actors were crashed or killed."""
        self.over = ""
        """Why nothing is begun any more; empty while things may be."""
        self.abort_since: dict[tuple[int, int], int] = {}
        """Since when a condition that aborts holds, by act and place."""
        self.stage = Backstage(None, {})
        self.probes: Looks | None = None
        self.judge: Judges | None = None
        self.read: Callable[[str], Script] | None = None
        """Makes a script of the text of further steps; raises `ValueError`."""

        self.judged: Callable[[Script, int], Judges] | None = None
        """Makes a judge of a script's expectations, from an instant on."""

    def judge_by(self, act: Act) -> None:
        """Judge by what an act expects from now on, if it says so; else as before."""
        if act.script.expectations is not None and self.judged is not None:
            self.judge = self.judged(act.script, act.start_ns)

    def watches(self) -> bool:
        """Whether anything has to be looked at again and again."""
        return self.judge is not None or any(act.waiting or act.script.chaos.abort_when for act in self.acts)
