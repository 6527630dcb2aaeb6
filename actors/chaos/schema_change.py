"""Schema change: the records of a sink get another schema while the run lives, one that fits earlier ones or not."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from actors.chaos._spoil import spoilable
from actors.chaos.base import Backstage, NotPossibleError, Parameters
from engine.supervision import RestartChild
from schemas.addresses import SUPERVISOR


class SchemaChangeParameters(Parameters):
    """What kind of change."""

    change: Literal["compatible", "incompatible"] = "compatible"
    """A field with a default, or one without: nobody could read with it what was written before."""


class _SchemaChange:
    """The writer is started again with the new schema; a registry takes it, or refuses it and records are rejected."""

    name = "schema-change"
    layer = "format"
    targets: Sequence[str] = ("sink",)
    outside = False
    parameters = SchemaChangeParameters

    def begin(self, stage: Backstage, target: str, parameters: SchemaChangeParameters) -> Any:
        """Change it."""
        try:
            spoilable(stage, target).evolve(parameters.change)
        except ValueError as error:
            raise NotPossibleError(str(error)) from None
        _renew(stage, target)
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Change it back."""
        spoilable(stage, target).evolve(None)
        _renew(stage, target)


def _renew(stage: Backstage, target: str) -> None:
    """What a writer has made of the schema goes with the writer."""
    forget = getattr(stage.sink(target), "forget_schema", None)
    if forget is not None:
        forget()
    stage.dispatcher.directory.endpoint(SUPERVISOR).tell(RestartChild(f"{target}/writer"))


ACTION: Final = _SchemaChange()
