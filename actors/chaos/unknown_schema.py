"""Unknown schema: records that name a schema id that no registry knows."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos._spoil import SpoilParameters, spoilable
from actors.chaos.base import Backstage


class UnknownSchemaParameters(SpoilParameters):
    """Which id."""

    schema_id: Annotated[int, Field(ge=0, lt=2**32)] = 2**31 - 1


class _UnknownSchema:
    """Only records that name a schema at all: an Avro sink with a registry."""

    name = "unknown-schema"
    layer = "format"
    targets: Sequence[str] = ("sink",)
    outside = False
    parameters = UnknownSchemaParameters

    def begin(self, stage: Backstage, target: str, parameters: UnknownSchemaParameters) -> Any:
        """Name it from the next record on."""
        form = spoilable(stage, target)
        form.wrong_id_share = parameters.share
        form.wrong_id = parameters.schema_id
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Name the right one."""
        spoilable(stage, target).wrong_id = None


ACTION: Final = _UnknownSchema()
