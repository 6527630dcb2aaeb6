"""`data-simulator audit`: did everything arrive? Reads the far end and says what is missing, doubled, late or wrong."""

from typing import Annotated, Any, Final, Literal

import typer

from api.interrupts import Interrupts

EXAMPLES: Final = """
data-simulator audit --kafka readings --summary run.json --reference frames.jsonl
data-simulator audit --mqtt 'devices/#' --for 90s --books spool.db --report audit.json
data-simulator audit --mqtt 'devices/#' --kafka devices --idle 10s --forbid duplicates
"""

Several = list[str] | None


def _option(flag: str, metavar: str, text: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=text, show_default=False)


def command(
    mqtt: Annotated[Several, _option("--mqtt", "FILTER", "Listen to these MQTT topics. Repeatable.")] = None,
    kafka: Annotated[Several, _option("--kafka", "TOPIC", "Read this Kafka topic from its start. Repeatable.")] = None,
    for_: Annotated[str | None, _option("--for", "TIME", "Stop after this time: 90s, 10m.")] = None,
    idle: Annotated[str | None, _option("--idle", "TIME", "Stop when nothing more came for this time.")] = None,
    books: Annotated[
        Several, _option("--books", "FILE", "A sink's books: the file of its spool, or JSON by device.")
    ] = None,
    summary: Annotated[Several, _option("--summary", "FILE", "The summary of the run, best with --digests.")] = None,
    reference: Annotated[
        Several, _option("--reference", "FILE", "Frames that a file sink of the same run wrote.")
    ] = None,
    field: Annotated[
        Several, _option("--field", "NAME=PATH", "Where a mapped record has its device, sequence, part, parts.")
    ] = None,
    order: Annotated[
        Literal["device", "sensor"], typer.Option("--order", help="Within what records must come in order.")
    ] = "device",
    allow: Annotated[Several, _option("--allow", "WORD", "Pass in spite of this finding.")] = None,
    forbid: Annotated[Several, _option("--forbid", "WORD", "Do not pass with this finding.")] = None,
    report: Annotated[str | None, _option("--report", "FILE", "Write everything as JSON to FILE.")] = None,
    env_file: Annotated[
        str | None, _option("--env-file", "FILE", "Settings that the environment does not have, instead of .env.")
    ] = None,
) -> None:
    """Tell whether everything arrived.

    Reads MQTT and Kafka by itself, with nothing of the code that sent it, and holds what arrived against the numbers
    that every record carries and against what the run says that it produced. Where the brokers are is told by the same
    settings as for a run. Kafka alone is read to its end; MQTT until --for, --idle or Ctrl-C.

    The exit code is 0 when all is well and 1 when something was found that is not allowed. Findings are: nothing, loss,
    broker-loss, unexpected, wrong, unreadable, reordered, scattered, duplicates, recovered, explained; the last three
    are allowed unless --forbid says otherwise.
    """
    with Interrupts() as interrupts:
        from api.auditing import Request, audit

        request = Request(
            mqtt=tuple(mqtt or ()),
            kafka=tuple(kafka or ()),
            lasting=for_,
            idle=idle,
            books=tuple(books or ()),
            summaries=tuple(summary or ()),
            references=tuple(reference or ()),
            fields=tuple(field or ()),
            order=order,
            allow=tuple(allow or ()),
            forbid=tuple(forbid or ()),
            report=report,
            env_file=env_file,
        )
        raise typer.Exit(audit(request, interrupts))
