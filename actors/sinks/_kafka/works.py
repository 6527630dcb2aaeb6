"""The works: everything one incarnation of the writer needs besides its lane, made when it starts."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.registry import SchemaIds
from actors.sinks._kafka.carrier import Carrier
from actors.sinks._kafka.parcels import Packer
from actors.sinks._kafka.routes import Routes
from actors.sinks._kafka.scout import Scout
from actors.sinks._kafka.troubles import Complaints
from engine.supervision.backoff import Backoff


@dataclass(slots=True)
class Works:
    """See the module."""

    carrier: Callable[[Complaints], Carrier]
    """Makes a producer; `SpoiledError` when none can be made."""
    packer: Packer
    routes: Routes
    ids: SchemaIds | None
    """`None` without a registry."""
    schema_type: str
    """Empty when the format has no schemas."""
    scout: Scout
    rejected_file: str
    """Where rejected records are kept; empty for nowhere."""
    warn: Callable[[str], None]
    """Told once what people should know about a topic."""
    batch: int
    draw: Callable[[int], float]
    """The n-th uniform draw in (0, 1), of this process alone: many do not come back to a cluster as one wave."""
    backoff: Backoff

    def close(self) -> None:
        """Let go of all but the carrier."""
        self.scout.close()
        if self.ids is not None:
            self.ids.close(0.0)
