"""What all actions on a sink's records share."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import Field

from actors.chaos.base import Backstage, NotPossibleError, Parameters
from actors.spoiling import Spoil, SpoiledFormat


class SpoilParameters(Parameters):
    """Which records."""

    share: Annotated[float, Field(gt=0, le=1, strict=False)] = 1.0
    """The share of records, by lot with the seed."""


class SpoilAction:
    """An action that makes other bytes of a sink's records."""

    layer = "format"
    targets: Sequence[str] = ("sink",)
    outside = False

    def __init__(
        self, name: str, parameters: type[SpoilParameters], make: Callable[[Any], Callable[[bytes], bytes]]
    ) -> None:
        """`make` gives what is done to the bytes, from the parameters."""
        self.name = name
        self.parameters = parameters
        self._make = make

    def begin(self, stage: Backstage, target: str, parameters: Any) -> Any:
        """Spoil from the next record on."""
        form = spoilable(stage, target)
        form.spoils = {**form.spoils, self.name: Spoil(parameters.share, self._make(parameters))}
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Leave them as they are."""
        form = spoilable(stage, target)
        form.spoils = {word: spoil for word, spoil in form.spoils.items() if word != self.name}


def spoilable(stage: Backstage, target: str) -> SpoiledFormat:
    """The format of a sink that can be spoiled."""
    sink = stage.sink(target)
    form = stage.formats.get(sink.name)
    if form is None:
        hint = "Name the sink under chaos.formats."
        raise NotPossibleError(f"sink {sink.name}: its records cannot be spoiled in this run. {hint}")
    found: SpoiledFormat = form
    return found
