"""`data-simulator test` without its options: one trial after the other, a verdict on each, reports, an exit code."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.exit_codes import ExitCode
from api.interrupts import Interrupts
from api.judging.trial import Stop, TrialOptions, try_scenario
from api.judging.verdict import Verdict, junit, report, text
from api.serving.plan import load_settings
from schemas.problems import InvalidInput, Problem

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def judge_all(
    scenarios: Sequence["Scenario"],
    options: TrialOptions,
    interrupts: Interrupts,
    *,
    report_file: str | None,
    junit_file: str | None,
    quiet: bool,
) -> ExitCode:
    """Run and judge every scenario; what is wrong is found before anything starts."""
    for file in (report_file, junit_file):
        if file is not None and not Path(file).absolute().parent.is_dir():
            raise InvalidInput(file, [Problem("(file)", "no such folder", "a file in a folder that is there")])
    settings, stop = load_settings(), Stop()
    interrupts.guard(stop)
    verdicts: list[Verdict] = []
    for scenario in scenarios:
        verdict = try_scenario(scenario, settings, options, stop)
        verdicts.append(verdict)
        if options.keep is not None:
            (Path(options.keep) / scenario.name / "verdict.json").write_text(report([verdict]), encoding="utf-8")
        if not quiet or not verdict.passed:
            sys.stdout.write(text(verdict))
            sys.stdout.flush()
        if stop.asked:
            break
    for file, content in ((report_file, report(verdicts)), (junit_file, junit(verdicts))):
        if file is not None:
            Path(file).write_text(content, encoding="utf-8")
    return ExitCode.OK if all(verdict.passed for verdict in verdicts) and not stop.asked else ExitCode.NOT_AS_EXPECTED
