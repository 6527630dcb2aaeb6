"""`data-simulator report`: one page about a run or a data set."""

import sys
from typing import Annotated, Final

import typer

EXAMPLES: Final = """
data-simulator report wear --out wear.html
data-simulator report results --device pi-0001 --device pi-0004
data-simulator report run.json
"""


def command(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="The folder of a data set; or a run's folder, summary or file of frames.",
            show_default=False,
        ),
    ],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="The page to be written.")] = "report.html",
    device: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="ID", help="Tell of this device. Repeatable. Default: a few with a story."),
    ] = None,
) -> None:
    """Write one HTML page about a run or a data set.

    Shows what devices said over what was true, faults, health and remaining life, failures, books, expectations. The
    page holds everything it shows and fetches nothing. Of a run it needs what `run --summary` wrote, or the frames of a
    `file` sink of format json, best with `truth: true`; reports on expectations beside them are shown as well.
    """
    from api.reporting import write

    write(path, out, device or [])
    sys.stderr.write(f"{out}\n")
