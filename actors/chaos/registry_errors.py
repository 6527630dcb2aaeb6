"""Registry errors: the embedded schema registry answers every request with an error."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, Parameters
from actors.chaos.registry_hang import embedded_registry

_ALL: Final = 1 << 60


class RegistryErrorsParameters(Parameters):
    """Which error, and how often."""

    status: Annotated[int, Field(ge=400, le=599)] = 503
    """409 is what a registry says to a schema that does not fit the earlier ones."""
    requests: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """The next so many; without it, all until the end."""


class _RegistryErrors:
    """Passing errors are asked again after a while; a refusal stays one until somebody asks again."""

    name = "registry-errors"
    layer = "registry"
    targets: Sequence[str] = ("run",)
    outside = True
    parameters = RegistryErrorsParameters

    def begin(self, stage: Backstage, target: str, parameters: RegistryErrorsParameters) -> Any:
        """Answer with the error from now on."""
        embedded_registry(stage).fail(parameters.status, parameters.requests or _ALL)
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Answer properly."""
        embedded_registry(stage).fail(500, 0)


ACTION: Final = _RegistryErrors()
