"""`data-simulator monitor`: the small monitor that the examples put under test."""

from typing import Annotated, Final, Literal

import typer

from api.interrupts import Interrupts

EXAMPLES: Final = """
data-simulator monitor frames.jsonl
data-simulator monitor mqtt --alerts alerts.jsonl
data-simulator monitor kafka --alerts-to kafka:///alerts
data-simulator run fleet.yaml | data-simulator monitor -
"""


def command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Telemetry: a file of frames in JSON, - for standard input, or mqtt or kafka as the settings say.",
        ),
    ],
    alerts: Annotated[
        str,
        typer.Option("--alerts", metavar="FILE", help="Where alerts go, a JSON object a line; - is standard output."),
    ] = "-",
    alerts_to: Annotated[
        str | None,
        typer.Option(
            "--alerts-to",
            metavar="TOPIC",
            help="Publish alerts to mqtt:///TOPIC or kafka:///TOPIC of the settings' broker, or mqtt://HOST:PORT/TOPIC.",
            show_default=False,
        ),
    ] = None,
    monitor: Annotated[
        Literal["reference", "blind", "paranoid"],
        typer.Option("--monitor", help="Which one: blind sees nothing, paranoid cries always."),
    ] = "reference",
) -> None:
    """Watch telemetry and say what is wrong.

    It knows nothing of the truth. For five minutes it learns what is normal for each device, then it looks for limits,
    flat lines, missing readings, spikes, drift against the load, weak fans and silence.
    """
    with Interrupts() as interrupts:
        from threading import Event

        from api.judging.listening import Watch, watch
        from api.serving.plan import load_settings

        stop = Event()
        interrupts.guard(stop.set)
        watch(Watch(source, alerts, alerts_to, monitor), load_settings(), stop)
