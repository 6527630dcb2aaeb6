"""Kill: end an actor without running its code, as if its thread had vanished. Its supervisor starts it again."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from actors.chaos.base import Backstage, Parameters
from schemas.addresses import SUPERVISOR


class KillParameters(Parameters):
    """Which actor of the target."""

    part: Literal["door", "writer"] = "door"
    """Of a sink: the actor that devices tell, or the one that carries out."""


class _Kill:
    """A device's or sensor's own actor, a sink's door or writer; without a target the supervisor: the run ends."""

    name = "kill"
    layer = "actor"
    targets: Sequence[str] = ("on", "sink", "run")
    outside = False
    strikes = True
    """What it ends has to be started again when everything is undone."""
    parameters = KillParameters

    def begin(self, stage: Backstage, target: str, parameters: KillParameters) -> Any:
        """End it at once."""
        address = target or SUPERVISOR
        if address.startswith("sinks/") and parameters.part == "writer":
            address = f"{address}/writer"
        stage.endpoint(address)
        stage.dispatcher.kill(address)

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Nothing remains: who was killed is started again by the supervisor."""


ACTION: Final = _Kill()
