"""The command `data-simulator`: its sub-commands, and what errors mean to whoever called it.

Only the standard library and typer are imported here and at the head of the sub-commands: help and version must answer
at once, so everything else is imported when a sub-command runs.
"""

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Final

import typer

from api.commands import (
    audit,
    check,
    clock,
    dataset,
    devices,
    export,
    faults,
    health,
    journal,
    keys,
    kinds,
    monitor,
    operations,
    orders,
    report,
    run,
    runs,
    schema,
    serve,
    sinks,
    trial,
    truth,
    twin,
    verify,
    version,
)
from api.exit_codes import ExitCode
from schemas.problems import CannotStart, InvalidInput

PROGRAM: Final = "data-simulator"


_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _examples(text: str) -> str:
    """The foot of a help page; the control character keeps the lines as they are."""
    lines = "\n".join(f"  {line}" for line in text.strip().splitlines())
    return f"\b\nExamples:\n{lines}"


app = typer.Typer(
    name=PROGRAM,
    # plain text: it reads the same in a terminal, a pipe and the documentation, and needs no further import
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=_SETTINGS,
    epilog=_examples(run.EXAMPLES.rstrip() + verify.EXAMPLES),
)

_COMMANDS: Final[tuple[tuple[str, Callable[..., None], str], ...]] = (
    ("run", run.command, run.EXAMPLES),
    ("serve", serve.command, serve.EXAMPLES),
    ("check", check.command, check.EXAMPLES),
    ("test", trial.command, trial.EXAMPLES),
    ("monitor", monitor.command, monitor.EXAMPLES),
    ("verify", verify.command, verify.EXAMPLES),
    ("twin", twin.command, twin.EXAMPLES),
    ("audit", audit.command, audit.EXAMPLES),
    ("dataset", dataset.command, dataset.EXAMPLES),
    ("report", report.command, report.EXAMPLES),
    ("export", export.command, export.EXAMPLES),
    ("schema", schema.command, schema.EXAMPLES),
    ("kinds", kinds.command, kinds.EXAMPLES),
    ("health", health.command, health.EXAMPLES),
    ("version", version.command, version.EXAMPLES),
)
_ASKING: Final[tuple[tuple[str, Callable[..., None], str], ...]] = (
    ("devices", devices.command, devices.EXAMPLES),
    ("truth", truth.command, truth.EXAMPLES),
    ("commands", orders.command, orders.EXAMPLES),
    ("operations", operations.command, operations.EXAMPLES),
    ("sinks", sinks.command, sinks.EXAMPLES),
    ("journal", journal.command, journal.EXAMPLES),
)
_GROUPS: Final[tuple[tuple[str, typer.Typer, str], ...]] = (
    ("faults", faults.group, faults.EXAMPLES),
    ("clock", clock.group, clock.EXAMPLES),
    ("runs", runs.group, runs.EXAMPLES),
    ("keys", keys.group, keys.EXAMPLES),
)
for _name, _command, _text in _COMMANDS:
    app.command(_name, epilog=_examples(_text), context_settings=_SETTINGS)(_command)
for _name, _command, _text in _ASKING:
    app.command(_name, epilog=_examples(_text), context_settings=_SETTINGS)(_command)
for _name, _group, _text in _GROUPS:
    app.add_typer(_group, name=_name, epilog=_examples(_text), context_settings=_SETTINGS)


@app.callback()
def _about() -> None:
    """A fleet of simulated devices that behave, age and fail like real ones."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with a documented exit code (docs/cli.md)."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name=PROGRAM)
    except InvalidInput as error:
        _end(str(error), ExitCode.BAD_INPUT)
    except CannotStart as error:
        _end(f"cannot start: {error}", ExitCode.CANNOT_START)
    except Exception as error:
        code = getattr(error, "code", None)
        if isinstance(code, ExitCode):  # of a server; its own class would import more than help needs
            _end(str(error), code)
        traceback.print_exc()
        _end(f"an error in the program: {error!r}", ExitCode.FAILED)


def _end(message: str, code: ExitCode) -> None:
    sys.stderr.write(f"{PROGRAM}: {message}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
