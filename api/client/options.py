"""Options of every command that asks a server, and where it finds the server."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.client.door import ServerDoor

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Where the server is. Default: DATA_SIMULATOR_SERVER, or this machine's own.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="An API key; better as DATA_SIMULATOR_KEY or DATA_SIMULATOR_KEY_FILE, as others see command lines.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs: the server's own answer.")]


def door(server: str | None, key: str | None, timeout_s: float | None = None) -> "ServerDoor":
    """The server that is meant. Raises `InvalidInput`."""
    from api.client.door import TIMEOUT_S, ServerDoor, server_target
    from api.serving.plan import load_settings
    from schemas.secrets import Secret
    from schemas.server_settings import DEFAULT_PORT

    settings = load_settings()
    port = settings.server().port
    url = server or settings.get("DATA_SIMULATOR_SERVER") or f"http://127.0.0.1:{port or DEFAULT_PORT}"
    secret = Secret(key) if key else settings.client_key()
    return ServerDoor(server_target(url), secret, timeout_s or TIMEOUT_S)
