"""What all actions on a proxy share: each is a kind of toxic with its parameters."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from actors.chaos.base import Backstage, Parameters
from actors.proxies.toxics import Kind, Toxic

Milliseconds = Annotated[float, Field(ge=0, le=3_600_000, strict=False)]


class ToxicParameters(Parameters):
    """What every toxic may be told."""

    stream: Literal["upstream", "downstream", "both"] = "both"
    """From the client to the server, from the server to the client, or both."""
    toxicity: Annotated[float, Field(ge=0, le=1, strict=False)] = 1.0
    """The share of connections that it is on."""


class ToxicAction:
    """An action that spoils the connections through one proxy."""

    layer = "network"
    targets: Sequence[str] = ("proxy",)
    outside = True

    def __init__(self, name: str, parameters: type[ToxicParameters], make: Callable[[Any], dict[str, Any]]) -> None:
        """`make` gives the numbers of the toxic from the parameters."""
        self.name = name
        self.parameters = parameters
        self._make = make

    def begin(self, stage: Backstage, target: str, parameters: Any) -> Any:
        """Poison the proxy, or change the dose."""
        kind = cast(Kind, self.name)
        toxic = Toxic(kind, parameters.stream, parameters.toxicity, **self._make(parameters))
        stage.proxy(target).poison(toxic)
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Cure it."""
        proxy = stage.proxies.get(target)
        if proxy is not None:
            proxy.cure(self.name)
