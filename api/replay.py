"""Running a scenario again, in a process of its own, and comparing what the devices said."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from api.exit_codes import ExitCode
from api.loading import build, read
from api.progress import human_seconds
from api.summary import read_summary
from schemas.instants import iso
from schemas.problems import InvalidInput, Problem

DEFAULT_DURATION: Final = "10m"
"""For a scenario without an end of its own."""
SHOWN: Final = 5
"""So many differing devices are named."""


class RunFailed(RuntimeError):
    """A run that was to be compared did not come to an end; what it said of that stands on stderr already."""

    def __init__(self, source: str, code: int) -> None:
        super().__init__(f"a run of {source} ended with exit code {code}")
        self.code = code


class Replay(NamedTuple):
    """A bounded run that can be repeated in any process: the text of a scenario and what overrides it."""

    text: str
    source: str
    overrides: tuple[str, ...]
    kernels: str

    @classmethod
    def of(cls, argument: str | None, overrides: Sequence[str], kernels: str) -> "Replay":
        """The run that the command line names; a start of `now` is resolved here, once for all repetitions."""
        return cls.of_text(*read(argument), overrides, kernels)

    @classmethod
    def of_text(cls, text: str, source: str, overrides: Sequence[str], kernels: str) -> "Replay":
        """The same from the text of a scenario."""
        scenario = build(text, source, overrides)
        fixed = [f"start={iso(scenario.start_ns)}"]
        if scenario.duration_ns is None:
            fixed.append(f"duration={DEFAULT_DURATION}")
        return cls(text, source, (*overrides, *fixed), kernels)

    def run(self) -> Mapping[str, Any]:
        """One run in a process of its own, as fast as possible; the summary it wrote, with a digest per device."""
        with tempfile.TemporaryDirectory(prefix="data-simulator-") as folder:
            path = Path(folder) / "summary.json"
            done = subprocess.run(self._command(path), input=self.text.encode(), check=False)
            if done.returncode not in (ExitCode.OK, ExitCode.ZOMBIES):
                raise RunFailed(self.source, done.returncode)
            return read_summary(str(path))

    def _command(self, summary: Path) -> list[str]:
        sets = [word for override in self.overrides for word in ("--set", override)]
        # -P: a folder named `api` or `engine` where the command is called must not take the place of ours
        start = [sys.executable, "-P", "-m", "api.cli", "run", "-", "--pace", "max", "--no-sinks", "--quiet"]
        return [*start, "--kernels", self.kernels, "--digests", "--summary", str(summary), *sets]


def compare(replay: Replay) -> ExitCode:
    """Run twice and say on stdout whether the two are the same."""
    first, second = replay.run(), replay.run()
    return _report(first, second, ("the first run", "the second run"))


def compare_with(path: str, argument: str | None, overrides: Sequence[str], kernels: str) -> ExitCode:
    """Run once more what a summary tells of, for the same stretch of time, and compare with it.

    The scenario is the one the summary holds, unless `argument` names another.
    """
    earlier = read_summary(path)
    text, source = _recorded(earlier, path) if argument is None else read(argument)
    stretch = f"duration={int(earlier['ended_ns']) - int(earlier['started_ns'])}ns"
    again = Replay.of_text(text, source, (*overrides, stretch), kernels).run()
    return _report(earlier, again, (path, "the run now"))


def _recorded(summary: Mapping[str, Any], path: str) -> tuple[str, str]:
    if not isinstance(summary.get("document"), dict):
        raise InvalidInput(path, [Problem("document", "nothing", "the scenario as it was run", "Name the scenario.")])
    return json.dumps(summary["document"]), path


def _report(one: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> ExitCode:
    same = one["digest"] == other["digest"]
    lines = _alike(other) if same else _unlike(one, other, names)
    sys.stdout.write("\n".join(lines) + "\n")
    return ExitCode.OK if same and other["repeatable"] else ExitCode.DIFFERS


def _alike(run: Mapping[str, Any]) -> Iterator[str]:
    if run["repeatable"]:
        yield f"the same: digest {run['digest']}"
    else:
        yield f"the same this time, and not repeatable: {'; '.join(run['reasons'])}"
    simulated = human_seconds(float(run["simulated_s"]))
    yield f"  {run['devices']:,} devices, {run['frames']:,} frames, {run['readings']:,} readings, {simulated} simulated"


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> Iterator[str]:
    yield "different:"
    for run, name in zip((one, other), names, strict=True):
        yield f"  {name}: digest {run['digest']}, {run['frames']:,} frames, {run['readings']:,} readings"
    for word in ("version", "scenario", "seed", "started_ns", "ended_ns", "devices"):
        if one[word] != other[word]:
            yield f"  {word}: {one[word]} against {other[word]}"
    for run, name in zip((one, other), names, strict=True):
        if not run["repeatable"]:
            yield f"  {name} is not repeatable: {'; '.join(run['reasons'])}"
    if one.get("digests") and other.get("digests"):
        yield from _devices(one["digests"], other["digests"])


def _devices(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    differing = [device for device in sorted({*one, *other}) if one.get(device) != other.get(device)]
    named = ", ".join(differing[:SHOWN])
    more = f" and {len(differing) - SHOWN:,} more" if len(differing) > SHOWN else ""
    yield f"  devices that differ: {named}{more}" if differing else "  every device is the same; the history differs"
