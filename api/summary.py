"""The end of a run: told to a person, and written as JSON for programs."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from math import floor, log10
from pathlib import Path
from typing import Any

from api.progress import human_seconds
from schemas.problems import InvalidInput, Problem


class TextFile:
    """A file of text that appears whole or not at all; whether it can be written is known before the work.

    What is no ordinary file (`/dev/stdout`, a pipe) is written to as it is: nothing may be put in its place.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        folder = self._path.parent
        if self._path.is_dir():
            raise _refusal(path, "a folder", "the name of a file")
        if not folder.is_dir():
            raise _refusal(path, f"no folder {folder}", "a file in a folder that exists")
        if not os.access(folder, os.W_OK):
            raise _refusal(path, f"folder {folder} cannot be written", "a file in a folder that can be written")

    def write_text(self, text: str) -> None:
        """Write it beside its place and move it there."""
        if self._path.exists() and not self._path.is_file():
            with open(self._path, "w", encoding="utf-8") as file:
                file.write(text)
            return
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        try:
            # mkstemp makes files for the owner's eyes alone; a summary is an ordinary file
            os.fchmod(handle, 0o644)
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise


class SummaryFile(TextFile):
    """The file of a summary, in JSON."""

    def write(self, summary: Mapping[str, Any]) -> None:
        """Write the summary."""
        self.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")


def read_summary(path: str) -> Mapping[str, Any]:
    """A summary that an earlier run wrote; `InvalidInput` when it is none."""
    try:
        data = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise _refusal(path, error.strerror or "an unreadable file", "a file written by run --summary") from error
    except ValueError as error:
        raise _refusal(path, f"no JSON ({error})", "a file written by run --summary") from error
    if not isinstance(data, dict) or not isinstance(data.get("digest"), str):
        raise _refusal(path, "JSON without a digest", "a file written by run --summary")
    return data


def _refusal(path: str, found: str, allowed: str) -> InvalidInput:
    return InvalidInput(path, [Problem("summary", found, allowed)])


def text(summary: Mapping[str, Any]) -> str:
    """The summary for a person, a line for each matter."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    simulated, real = float(summary["simulated_s"]), float(summary["real_s"])
    speed = f", {figure(simulated / real)} times real time" if real > 0 else ""
    who = f"{summary['scenario']}, seed {summary['seed']}"
    yield f"{who}: {human_seconds(simulated)} simulated in {real:.3g} s{speed}"
    rate = f", {summary['readings'] / real:,.0f} readings/s" if real > 0 else ""
    counts = (count(summary[word], word[:-1]) for word in ("devices", "frames", "readings"))
    yield f"  {', '.join(counts)}{rate}"
    lag = summary["lag_ms"]
    yield f"  lag p50 {lag['p50']:.3g} ms, p99 {lag['p99']:.3g} ms, largest {lag['max']:.3g} ms"
    for name, books in summary["sinks"].items():
        yield f"  sink {name}: {_books(books)}"
    trouble = _trouble(summary)
    if trouble:
        yield f"  {trouble}"
    yield f"  digest {summary['digest']}"
    if not summary["repeatable"]:
        yield f"  not repeatable: {'; '.join(summary['reasons'])}"


def figure(number: float) -> str:
    """A number with three significant digits and no exponent: 0.976, 12.3, 96,000."""
    digits = max(0, 2 - floor(log10(abs(number)))) if number else 0
    return f"{number:,.{digits}f}" if abs(number) < 1000 else f"{float(f'{number:.3g}'):,.0f}"


def count(number: int, word: str) -> str:
    """How many of something: `1 frame`, `2,000 frames`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _books(books: Mapping[str, Any]) -> str:
    parts = [f"{books[word]:,} {word}" for word in ("accepted", "acked")]
    parts += [f"{books[word]:,} {word}" for word in ("queued", "rejected") if books[word]]
    parts += [f"{number:,} dropped ({reason})" for reason, number in books["dropped"].items() if number]
    if resent := books.get("resent"):
        parts.append(f"{resent:,} sent again")
    return ", ".join(parts)


def _trouble(summary: Mapping[str, Any]) -> str:
    told = [
        (summary["restarts"], "restart", ""),
        (summary["given_up"], "actor", " given up"),
        (summary["zombies"], "actor", " abandoned"),
        *((number, "dead letter", f" ({reason})") for reason, number in summary["dead_letters"].items()),
    ]
    return ", ".join(count(number, noun) + rest for number, noun, rest in told if number)
