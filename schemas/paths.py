"""Paths into a document, as the user writes them: `fleet[0].interval`, `labels["a.b"]`."""

import re
from collections.abc import Sequence
from typing import Final

Path = tuple[str | int, ...]

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_STEP: Final = re.compile(r"\.([A-Za-z0-9_-]+)|\[([0-9]{1,9})\]|\[\"([^\"\]]*)\"\]", re.ASCII)
_LONGEST_SHOWN: Final = 64


class PathError(ValueError):
    """A text is not a path; the message says what one looks like."""


def format_path(path: Sequence[str | int]) -> str:
    """The text of a path; the document itself is `(document)`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step) and len(step) <= _LONGEST_SHOWN:
            text += f".{step}" if text else step
        else:
            text += f'["{_shown(step)}"]'
    return text or "(document)"


def parse_path(text: str) -> Path:
    """The steps of a path's text. Raises `PathError`."""
    rest = text if text.startswith("[") else f".{text}"
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None:
            raise PathError("a path such as seed, fleet[0].count or fleet.pi.interval")
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else name if name is not None else quoted)
        position = match.end()
    return tuple(steps)


def _shown(step: str) -> str:
    cut = step if len(step) <= _LONGEST_SHOWN else f"{step[:_LONGEST_SHOWN]}..."
    return cut.encode("unicode_escape").decode("ascii")
