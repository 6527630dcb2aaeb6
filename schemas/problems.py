"""What is wrong with something from outside: where exactly, what was found, what is allowed, what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake at one place."""

    path: str
    """Where, as the user wrote it: `fleet[0].interval`."""
    found: str
    allowed: str
    hint: str = ""
    line: int | None = None
    """Line of the source, counted from 1, where it is known."""

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path} (line {self.line})"
        text = f"{where}: found {self.found}; allowed: {self.allowed}"
        return f"{text}. {self.hint}" if self.hint else text


class InvalidInput(ValueError):
    """Input from outside was refused; carries every problem found, not only the first."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{source}: {len(self.problems)} problem(s)\n{lines}")


def suggest(word: str, known: Iterable[str]) -> str:
    """A sentence that proposes the known word nearest to a misspelt one, or nothing."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""


class CannotStart(RuntimeError):
    """The input is right but this machine cannot run it (no space, a port in use); nothing was left half-started."""
