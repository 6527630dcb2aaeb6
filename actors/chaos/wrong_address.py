"""Wrong address: new connections are led to where no broker is, or to a name that cannot be resolved."""

from typing import Annotated, Final, Literal

from pydantic import Field

from actors.chaos._toxic import ToxicAction, ToxicParameters

UNRESOLVED: Final = "broker.invalid"
"""A name that never exists: RFC 6761 keeps `invalid` for that."""
NOBODY: Final = "127.0.0.1"


class WrongAddressParameters(ToxicParameters):
    """Where they are led."""

    kind: Literal["refused", "unresolved"] = "refused"
    """A port where nobody listens, or a name that the resolver does not know."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 9
    """On this machine; 9 is that of the discard protocol, which nobody serves any more."""


def _led(parameters: WrongAddressParameters) -> dict[str, object]:
    return {"host": UNRESOLVED if parameters.kind == "unresolved" else NOBODY, "port": parameters.port}


ACTION: Final = ToxicAction("wrong-address", WrongAddressParameters, _led)
