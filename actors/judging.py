"""The judge: follows a run at every look and says in the end whether it was as expected."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from schemas.scenario.conditions import Condition
from schemas.scenario.expectations import Expectations

Phase = Literal["before", "during", "after", "always", "at_end", "monitor", "twin", "run"]


class Looks(Protocol):
    """What conditions are looked at with."""

    def holds(self, condition: Condition, devices: Iterable[str]) -> bool: ...
    def shown(self, condition: Condition, devices: Iterable[str]) -> str: ...


class Meant(Protocol):
    """Which devices a condition is about."""

    def __call__(self, on: Any) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was expected, and what was found."""

    phase: Phase
    name: str
    ok: bool
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


class Watched:
    """One condition and what has been seen of it."""

    __slots__ = ("condition", "failed_ns", "found", "met_ns", "name", "since_ns")

    def __init__(self, condition: Condition, place: int, kind: str) -> None:
        self.condition = condition
        self.name = condition.name or f"{kind} {place + 1}: {condition.text()}"
        self.since_ns: int | None = None
        """Since when it holds at every look."""
        self.met_ns: int | None = None
        """When it was first met for as long as it asks."""
        self.failed_ns: int | None = None
        """When it was first found not to hold."""
        self.found = ""

    def see(self, holds: bool, now_ns: int) -> bool:
        """Take note of a look; whether it holds, and has for as long as it asks."""
        if not holds:
            self.since_ns = None
            if self.failed_ns is None:
                self.failed_ns = now_ns
            return False
        if self.since_ns is None:
            self.since_ns = now_ns
        met = now_ns - self.since_ns >= (self.condition.for_ns or 0)
        if met and self.met_ns is None:
            self.met_ns = now_ns
        return met

    def snapshot(self) -> tuple[Any, ...]:
        """Plain data."""
        return self.since_ns, self.met_ns, self.failed_ns, self.found

    def restore(self, data: tuple[Any, ...]) -> None:
        """Make it so again."""
        self.since_ns, self.met_ns, self.failed_ns, self.found = data


class Judge:
    """See the module. Everything it says follows from what it was shown."""

    def __init__(self, expectations: Expectations, probes: Looks, meant: Meant, start_ns: int) -> None:
        self.expectations = expectations
        self._probes = probes
        self._meant = meant
        self._start_ns = start_ns
        self.on_look: Callable[[int], None] = lambda now_ns: None
        """Called at every look, for who wants to know how it really is."""
        self.on_began: Callable[[str, tuple[str, ...]], None] = lambda key, victims: None
        """Called with each step that is about to be carried out: its key, and whom it hits."""
        self._steady = _watched(expectations.steady_state, "steady state")
        self._again = _watched(expectations.steady_state, "steady state again")
        self._deviations = _watched(expectations.deviations, "deviation")
        self._always = _watched(expectations.always, "always")
        self.first_ns: int | None = None
        """When the first fault began."""
        self._last_ns: int | None = None
        """When the last fault ended, as far as can be told now."""
        self._steady_before = ""
        self._early = ""
        """Deviations that were there before the first fault."""
        self.begun: list[tuple[str, str, tuple[str, ...], int]] = []
        """Every occurrence of a step: its key, its word, whom it hit, when."""

    # --- during the run ---

    def may_begin(self, now_ns: int) -> bool:
        """Whether the steady state is met, so that the first fault may begin; true once it has."""
        if self.first_ns is not None:
            return True
        unmet = [each for each in self._steady if not self._look(each, now_ns)]
        if unmet:
            self._steady_before = "; ".join(f"{each.name}: found {each.found}" for each in unmet)
            return False
        early = [each.name for each in self._deviations if self._holds(each)]
        self._early = ", ".join(early)
        self.first_ns = now_ns
        return True

    def began(self, key: str, word: str, victims: Iterable[str], now_ns: int) -> None:
        """A step is being played."""
        hit = tuple(victims)
        self.begun.append((key, word, hit, now_ns))
        self.on_began(key, hit)
        self._last_ns = now_ns
        self._calm()

    def look(self, now_ns: int, in_force: int) -> None:
        """Look at everything that is to be looked at now; `in_force` counts what was begun and is not undone."""
        self.on_look(now_ns)
        if self.first_ns is None:
            for each in self._steady:
                self._look(each, now_ns)
            return
        for each in (*self._deviations, *self._always):
            self._look(each, now_ns)
        if in_force:
            self._last_ns = now_ns
            self._calm()
            return
        for each in self._again:
            self._look(each, now_ns)

    def _calm(self) -> None:
        """What was steady again does not count: something has begun."""
        for each in self._again:
            each.since_ns = each.met_ns = each.failed_ns = None

    def _look(self, watched: Watched, now_ns: int) -> bool:
        holds = self._holds(watched)
        if not holds and (watched.since_ns is not None or not watched.found):
            watched.found = self._shown(watched)
        return watched.see(holds, now_ns)

    def _shown(self, watched: Watched) -> str:
        return self._probes.shown(watched.condition, self._meant(watched.condition.on))

    def _holds(self, watched: Watched) -> bool:
        return self._probes.holds(watched.condition, self._meant(watched.condition.on))

    # --- after the run ---

    def so_far(self) -> list[Check]:
        """What was expected and what has been found until now; nothing before a first step."""
        if self.first_ns is None:
            return self._before() if self._steady_before else []
        return [*self._before(), *self._during(), *self._after()]

    def checks(self) -> list[Check]:
        """What was expected and what was found; the run is over and its books are settled."""
        found = [*self._before(), *self._during(), *self._after()]
        for each in _watched(self.expectations.at_end, "at the end"):
            holds = self._holds(each)
            found.append(Check("at_end", each.name, holds, f"found {self._shown(each)}"))
        return found

    def _before(self) -> list[Check]:
        if not self._steady:
            return []
        if self._steady_before:
            return [Check("before", "steady state before", False, f"nothing was begun: {self._steady_before}")]
        when = "never needed" if self.first_ns is None else f"met at {self._offset(self.first_ns)}"
        return [Check("before", "steady state before", True, when)]

    def _during(self) -> list[Check]:
        found = []
        for each in self._deviations:
            if each.name in self._early.split(", "):
                found.append(Check("during", each.name, False, "was so before the first fault: it shows nothing"))
            elif each.met_ns is None:
                found.append(Check("during", each.name, False, f"never seen; at the end found {self._shown(each)}"))
            else:
                found.append(Check("during", each.name, True, f"seen at {self._offset(each.met_ns)}"))
        for each in self._always:
            ok = each.failed_ns is None
            detail = "at every look" if ok else f"not at {self._offset(each.failed_ns)}: found {each.found}"
            found.append(Check("always", each.name, ok, detail))
        return found

    def _after(self) -> list[Check]:
        if self._last_ns is None or not self._again:
            return []
        limit_ns = self.expectations.back_within_ns
        found = []
        for each in self._again:
            if each.since_ns is None:
                detail = f"not at the end of the run: found {each.found or 'no look after the last fault'}"
                found.append(Check("after", each.name, False, detail))
                continue
            took_ns = each.since_ns - self._last_ns
            detail = f"{took_ns / 1e9:g} s after the last fault had ended; allowed: {limit_ns / 1e9:g} s"
            found.append(Check("after", each.name, took_ns <= limit_ns, detail))
        return found

    def _offset(self, time_ns: int | None) -> str:
        return "?" if time_ns is None else f"{(time_ns - self._start_ns) / 1e9:g} s"

    # --- what is kept when the process changes ---

    def snapshot(self) -> tuple[Any, ...]:
        """Plain data."""
        lists = (self._steady, self._again, self._deviations, self._always)
        return (
            [[each.snapshot() for each in some] for some in lists],
            (self.first_ns, self._last_ns, self._steady_before, self._early),
            list(self.begun),
        )

    def restore(self, data: tuple[Any, ...]) -> None:
        """Make it so again."""
        seen, (self.first_ns, self._last_ns, self._steady_before, self._early), begun = data
        for some, plain in zip((self._steady, self._again, self._deviations, self._always), seen, strict=True):
            for each, values in zip(some, plain, strict=True):
                each.restore(values)
        self.begun = [(key, word, tuple(victims), now_ns) for key, word, victims, now_ns in begun]


def _watched(conditions: Iterable[Condition], kind: str) -> list[Watched]:
    return [Watched(condition, place, kind) for place, condition in enumerate(conditions)]
