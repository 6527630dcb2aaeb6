"""The verdict on a run: for people, as JSON, and as JUnit for pipelines."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from actors.judging import Check
from api.judging import noticing


@dataclass(frozen=True)
class Verdict:
    """One scenario, run and judged."""

    scenario: str
    seed: int
    checks: Sequence[Check]
    simulated_s: float
    real_s: float
    digest: str
    steps: Sequence[tuple[str, str, tuple[str, ...], int]] = ()
    """Every occurrence of a step: its key, its word, whom it hit, when (ns since the Unix epoch)."""
    score: dict[str, Any] | None = None
    """How the system under test did."""
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return all(check.ok for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "passed": self.passed,
            "checks": [check.as_dict() for check in self.checks],
            "monitor": self.score,
            "steps": [
                {"step": key, "do": word, "devices": list(devices), "time_ns": time_ns}
                for key, word, devices, time_ns in self.steps
            ],
            "simulated_s": self.simulated_s,
            "real_s": self.real_s,
            "digest": self.digest,
            "summary": self.summary,
        }


def text(verdict: Verdict) -> str:
    """The verdict for people."""
    return "".join(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    failed = sum(not check.ok for check in verdict.checks)
    what = "as expected" if verdict.passed else f"{failed} of {len(verdict.checks)} not as expected"
    yield f"{verdict.scenario}: {what}, {verdict.simulated_s:,.0f} s simulated in {verdict.real_s:.3g} s"
    for check in verdict.checks:
        yield f"  {'ok    ' if check.ok else 'FAILED'} {check.phase}: {check.name}: {check.detail}"
    if verdict.score is not None:
        yield from (f"  {line}" for line in noticing.lines(verdict.score))


def report(verdicts: Sequence[Verdict]) -> str:
    """All verdicts as JSON."""
    passed = all(verdict.passed for verdict in verdicts)
    document = {"version": 1, "passed": passed, "scenarios": [verdict.as_dict() for verdict in verdicts]}
    return json.dumps(document, indent=2) + "\n"


def junit(verdicts: Sequence[Verdict]) -> str:
    """All verdicts as JUnit's XML: a suite for each scenario, a case for each check.

    What was wrong and what was noticed of it stands in the suite's `system-out` and in failures of the monitor.
    """
    root = ElementTree.Element("testsuites", name="data-simulator")
    for verdict in verdicts:
        failed = [check for check in verdict.checks if not check.ok]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=verdict.scenario,
            tests=str(len(verdict.checks)),
            failures=str(len(failed)),
            errors="0",
            time=f"{verdict.real_s:.3f}",
        )
        noticed = [] if verdict.score is None else list(noticing.lines(verdict.score))
        for check in verdict.checks:
            name = f"{check.phase}: {check.name}"
            case = ElementTree.SubElement(suite, "testcase", classname=verdict.scenario, name=name, time="0")
            if not check.ok:
                told = "\n".join([check.detail, *(noticed if check.phase == "monitor" else ())])
                ElementTree.SubElement(case, "failure", message=check.detail).text = told
        if noticed:
            ElementTree.SubElement(suite, "system-out").text = "\n".join(noticed)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
