"""Parameters of sensor faults: names, limits and defaults, checked at the door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from schemas.commands import Scalar
from schemas.problems import InvalidInput, Problem, suggest

Across = Callable[[Mapping[str, Scalar | None]], str]
"""A check over all parameters together: answers what is wrong, or nothing."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a sensor fault: a number within limits, or one of some words."""

    name: str
    meaning: str
    default: Scalar | None = None
    """`None`: the fault draws or derives it by itself."""
    lo: float | None = None
    hi: float | None = None
    unit: str = ""
    words: tuple[str, ...] = ()
    """The words allowed; empty for a number."""

    def allowed(self) -> str:
        """What may stand here, in words."""
        if self.words:
            return "one of " + ", ".join(self.words)
        ends = [f">= {self.lo:g}" if self.lo is not None else "", f"<= {self.hi:g}" if self.hi is not None else ""]
        limits = " and ".join(end for end in ends if end)
        return " ".join(part for part in ("a number", limits, self.unit) if part)

    def accepts(self, value: object) -> bool:
        """Whether a value may stand here."""
        if self.words:
            return isinstance(value, str) and value in self.words
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        try:
            number = float(value)
        except OverflowError:
            return False
        return isfinite(number) and (self.lo is None or number >= self.lo) and (self.hi is None or number <= self.hi)


def problems(
    known: tuple[Parameter, ...], given: Mapping[str, Scalar], path: str, across: Across | None = None
) -> list[Problem]:
    """What is wrong with given parameters: unknown names, values not allowed, values that do not go together."""
    by_name = {parameter.name: parameter for parameter in known}
    found = [_judge(by_name, name, value, path) for name, value in given.items()]
    wrong = [problem for problem in found if problem is not None]
    if not wrong and across is not None:
        text = across(_filled(known, given))
        if text:
            wrong.append(Problem(path, ", ".join(f"{n}: {v!r}" for n, v in given.items()) or "nothing", text))
    return wrong


def resolve(
    known: tuple[Parameter, ...], given: Mapping[str, Scalar], source: str, across: Across | None = None
) -> Mapping[str, Scalar | None]:
    """Every parameter with its value, given or default; `InvalidInput` with all problems when something is wrong."""
    wrong = problems(known, given, "parameters", across)
    if wrong:
        raise InvalidInput(source, wrong)
    return _filled(known, given)


def number(values: Mapping[str, Scalar | None], name: str) -> float | None:
    """A resolved parameter as a number, or `None` when the fault is to find it itself."""
    value = values[name]
    return None if value is None else float(value)


def _filled(known: Iterable[Parameter], given: Mapping[str, Scalar]) -> Mapping[str, Scalar | None]:
    return {parameter.name: given.get(parameter.name, parameter.default) for parameter in known}


def _judge(known: Mapping[str, Parameter], name: str, value: Scalar, path: str) -> Problem | None:
    where = f"{path}.{name}" if path else name
    parameter = known.get(name)
    if parameter is None:
        return Problem(where, "an unknown parameter", ", ".join(known) or "none", suggest(name, known))
    if parameter.accepts(value):
        return None
    hint = suggest(value, parameter.words) if isinstance(value, str) else ""
    return Problem(where, repr(value), parameter.allowed(), hint)
