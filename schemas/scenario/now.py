"""A step of the timeline that is done now: what people and programs send while a run lives.

It says the same words as a scenario does, without times and conditions.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from schemas.paths import Path, format_path
from schemas.problems import InvalidInput, Problem
from schemas.scenario.fields import Many, Section
from schemas.scenario.findings import MOST, Finding, show
from schemas.scenario.model import Scenario
from schemas.scenario.rules import check_references
from schemas.scenario.steps import Step
from schemas.scenario.translate import translate
from schemas.scenario.vocabulary import Vocabulary
from schemas.scenario.words import WordChecks

TIMES: Final = ("at", "every", "until", "randomly", "when", "times")
WISHES: Final = ("notice", "seen_in")
"""What a scenario says about the monitor under test."""
_PLACE: Final[Path] = ("timeline", 0)


class _Now(Section):
    """One step, at the place at which errors expect it."""

    timeline: Many[Annotated[Step, Field(discriminator="do")]] = Field(description="The one step.")


def read_step(
    data: object,
    kinds: Iterable[str],
    vocabulary: Vocabulary,
    *,
    device: str | None = None,
    scenario: Scenario | None = None,
) -> Step:
    """The step that plain data describes. Raises `InvalidInput` with every problem, each by its path in the data.

    With `device` it is for that one alone and may not say `on`. With `scenario` what it selects must be there.
    `kinds` are the device kinds of the fleet: a word must be known to one of them.
    """
    if not isinstance(data, Mapping):
        raise InvalidInput("step", [Problem("", show(data), "an object of keys and values")])
    problems = _misplaced(data, device)
    entry: dict[str, Any] = {**data, "at": "0s"}
    if device is not None:
        entry["on"] = {"ids": [device]}
    whole: dict[str, Any] = {"timeline": [entry]}
    findings: list[Finding] = []
    step: Step | None = None
    try:
        step = _Now.model_validate(whole).timeline[0]
    except ValidationError as error:
        findings.extend(translate(error, whole))
    told = {finding.path for finding in findings}
    words = WordChecks(vocabulary).of({"fleet": [{"kind": kind} for kind in kinds], "timeline": [entry]})
    findings.extend(finding for finding in words if finding.path[:2] == _PLACE and finding.path not in told)
    if step is not None and scenario is not None and not findings:
        now = scenario.model_copy(update={"timeline": (step,), "sinks": ()} if device else {"timeline": (step,)})
        findings.extend(finding for finding in check_references(now) if finding.path[:2] == _PLACE)
    problems += [_told(finding) for finding in findings if not _is_ours(finding, device)]
    if problems or step is None:
        raise InvalidInput("step", problems[:MOST])
    return step


def _misplaced(data: Mapping[str, object], device: str | None) -> list[Problem]:
    problems = [Problem(key, "a time", "none", "It is done now.") for key in TIMES if key in data]
    problems += [Problem(key, "a wish", "none", "Nobody is judged here.") for key in WISHES if key in data]
    if device is not None:
        problems += [Problem(key, "a target", "none", f"It is for {device}.") for key in ("on", "sink") if key in data]
    return problems


def _is_ours(finding: Finding, device: str | None) -> bool:
    """Whether it is about what was put in here."""
    return finding.path[2:3] == ("at",) or (device is not None and finding.path[2:3] == ("on",))


def _told(finding: Finding) -> Problem:
    path = finding.path[2:]
    return Problem(format_path(path) if path else "", finding.found, finding.allowed, finding.hint)
