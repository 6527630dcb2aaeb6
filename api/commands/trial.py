"""`data-simulator test`: a scenario is run and judged by its expectations."""

from typing import Annotated, Final, Literal

import typer

from api.interrupts import Interrupts
from api.options import DurationOption, KernelsOption, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator test fan-wear
data-simulator test my-scenario.yaml --junit verdict.xml --report verdict.json
data-simulator test fan-wear sensor-drift --monitor blind
data-simulator test sensor-drift --keep judged
data-simulator test my-scenario.yaml --alerts http://127.0.0.1:9090/alerts
data-simulator test my-scenario.yaml --alerts mqtt:///alerts
"""


def command(
    scenario: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="YAML files or names of embedded scenarios, with expectations."),
    ],
    monitor: Annotated[
        Literal["reference", "blind", "paranoid"],
        typer.Option(
            "--monitor",
            help="The monitor under test: the shipped one, or one that sees nothing or cries always, which must fail.",
        ),
    ] = "reference",
    alerts: Annotated[
        str | None,
        typer.Option(
            "--alerts",
            metavar="FILE|URL|TOPIC",
            help="Judge the alerts of your own monitor instead: JSON lines, read when the run is over, or what comes "
            "by mqtt:///TOPIC or kafka:///TOPIC meanwhile.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help="Write the verdict as JSON.", show_default=False)
    ] = None,
    junit: Annotated[
        str | None, typer.Option("--junit", metavar="FILE", help="Write the verdict as JUnit XML.", show_default=False)
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="FOLDER",
            help="Keep what devices said, the truth, alerts and verdict there, for data-simulator report.",
            show_default=False,
        ),
    ] = None,
    duration: DurationOption = None,
    pace: Annotated[str | None, typer.Option("--pace", metavar="PACE", help="As for run.", show_default=False)] = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is not as expected.")] = False,
    kernels: KernelsOption = "auto",
) -> None:
    """Run scenarios and judge them by their expectations.

    Before the first fault the steady state must be met, or nothing is begun; the promised deviations must be seen while
    faults are in force; afterwards the steady state must be met again in time. A step that changes nothing fails. The
    exit code is 0 when everything was as expected and 8 when not.
    """
    with Interrupts() as interrupts:
        from api.judging.testing import judge_all
        from api.judging.trial import TrialOptions
        from api.loading import load

        wanted = overrides(set_, duration=duration, seed=seed, pace=pace)
        chosen = [load(each, wanted).scenario for each in scenario]
        options = TrialOptions(monitor, alerts, kernels, keep)
        raise typer.Exit(judge_all(chosen, options, interrupts, report_file=report, junit_file=junit, quiet=quiet))
