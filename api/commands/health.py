"""`data-simulator health`: is a server ready? For people, and for whoever watches a container."""

import sys
from typing import Annotated, Final

import typer

from api.client.options import KeyOption, ServerOption, door
from api.exit_codes import ExitCode

EXAMPLES: Final = """
data-simulator health
data-simulator health --live --server http://127.0.0.1:9000
"""
_PATIENCE_S: Final = 5.0


def command(
    live: Annotated[bool, typer.Option("--live", help="Only whether the process is worth keeping.")] = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Say whether a running server is ready, check by check.

    The exit code is 0 when it is, 1 when it is not, and 5 when nobody answers.
    """
    path, query = ("/livez", None) if live else ("/readyz", {"verbose": ""})
    status, text = door(server, key, _PATIENCE_S).raw("GET", path, query=query)
    sys.stdout.write(text.decode(errors="replace").rstrip() + "\n")
    sys.exit(ExitCode.OK if status == 200 else ExitCode.DIFFERS)
