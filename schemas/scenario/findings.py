"""Findings: problems at a place of the document, before that place has a text and a line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.paths import Path, format_path
from schemas.problems import InvalidInput, Problem, suggest

MOST = 100
"""Problems that are shown; a document of nothing but mistakes would otherwise give thousands."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake at one place."""

    path: Path
    found: str
    allowed: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the parts of a document came from: lines of the source, and overrides on top of it."""

    source: str
    lines: Mapping[Path, int]
    overrides: Mapping[Path, str]

    def problem(self, finding: Finding) -> Problem:
        """The problem as the user sees it, with its line, or the override that brought it."""
        # A problem of an override itself stands on no line.
        for length in range(len(finding.path), -1, -1) if finding.path[:1] != ("--set",) else ():
            part = finding.path[:length]
            if part in self.overrides:
                hint = f"{finding.hint} Given by --set {show_text(self.overrides[part])}.".strip()
                return Problem(format_path(finding.path), finding.found, finding.allowed, hint)
            if part in self.lines:
                line = self.lines[part]
                return Problem(format_path(finding.path), finding.found, finding.allowed, finding.hint, line)
        return Problem(format_path(finding.path), finding.found, finding.allowed, finding.hint)

    def refusal(self, findings: Sequence[Finding]) -> InvalidInput:
        """The error that carries all findings, in the order of the source."""
        problems = [self.problem(finding) for finding in findings[:MOST]]
        problems.sort(key=lambda problem: problem.line or 0)
        if len(findings) > MOST:
            problems.append(Problem("(document)", f"more problems than these {MOST}", "none"))
        return InvalidInput(self.source, problems)


def unknown_word(path: Path, word: str, known: Iterable[str], what: str = "") -> Finding:
    """The finding for a word that nobody knows, with the known ones and the nearest."""
    words = tuple(known)
    allowed = ", ".join(words) if words else f"none{what and ' for '}{what}"
    return Finding(path, show(word), allowed, suggest(word[:_LONGEST_SHOWN], words))


def show(value: object) -> str:
    """A value as an error shows it: short, and without control characters."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true" if value else "false"
        case str():
            return show_text(value)
        case int() | float():
            return repr(value)
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
    return type(value).__name__


def show_text(text: str) -> str:
    """A text in quotes: short, and without control characters."""
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    # repr leaves line separators outside ASCII alone; logs must not break there.
    return repr(cut).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\x85")
