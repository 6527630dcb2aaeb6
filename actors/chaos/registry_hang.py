"""Registry hang: the embedded schema registry takes requests and answers none."""

from collections.abc import Sequence
from typing import Any, Final

from actors.chaos.base import Backstage, NotPossibleError, Parameters


def embedded_registry(stage: Backstage) -> Any:
    """The embedded registry of the run; `NotPossibleError` without one."""
    registry = None if stage.embedded is None else stage.embedded.registry
    if registry is None:
        raise NotPossibleError("registry: found none of this run's own; allowed: with the embedded one, else a proxy")
    return registry


class _RegistryHang:
    """Known schemas flow on; new ones wait, and nobody waits for longer than a time-out."""

    name = "registry-hang"
    layer = "registry"
    targets: Sequence[str] = ("run",)
    outside = True
    parameters = Parameters

    def begin(self, stage: Backstage, target: str, parameters: Parameters) -> Any:
        """Answer nobody."""
        embedded_registry(stage).hang()
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Answer everybody, also those that wait."""
        embedded_registry(stage).release()


ACTION: Final = _RegistryHang()
