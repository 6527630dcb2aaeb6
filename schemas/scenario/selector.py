"""Which devices are meant: by id, group, kind and labels; a share of them by lot."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, model_validator

from schemas.scenario.fields import Labels, Many, Name, Section, Word, refuse


class SelectableGroup(Protocol):
    """What a selector looks at in a group."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """The kind of its devices."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Their labels."""


class SelectableDevice(Protocol):
    """What a selector looks at in a device."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def group(self) -> SelectableGroup:
        """Its group."""


class Selection(Section):
    """Devices for which everything given holds; nothing given means all of them."""

    ids: Many[Name] = Field((), max_length=10_000, description="Ids of devices.", examples=[["pi-0001", "pi-0002"]])
    groups: Many[Name] = Field((), max_length=1_000, description="Names of groups.")
    kinds: Many[Word] = Field((), max_length=100, description="Kinds of devices.")
    labels: Labels = Field({}, description="Labels that the device must have, with these values.")

    def matches(self, device: SelectableDevice) -> bool:
        """Whether a device is meant."""
        return (not self.ids or device.id in self.ids) and self.matches_group(device.group)

    def matches_group(self, group: SelectableGroup) -> bool:
        """Whether devices of a group are meant, as far as ids do not matter."""
        return (
            (not self.groups or group.name in self.groups)
            and (not self.kinds or group.kind in self.kinds)
            and all(group.labels.get(name) == value for name, value in self.labels.items())
        )


class Selector(Selection):
    """Devices for which everything given holds, or some of these by lot. The word `all` means every device."""

    percent: float | None = Field(
        None,
        gt=0,
        le=100,
        description="This share of the devices meant, by lot with the seed; at least one. Each occurrence draws anew.",
    )
    count: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="This many of the devices meant, by lot with the seed. Each occurrence draws anew.",
    )

    @model_validator(mode="after")
    def _one_lot(self) -> "Selector":
        if self.percent is not None and self.count is not None:
            refuse("percent or count, not both")
        return self


def _all(value: Any) -> Any:
    if isinstance(value, str):
        return {} if value == "all" else refuse("the word all, or ids, groups, kinds, labels, percent or count")
    return value


On = Annotated[
    Selector,
    BeforeValidator(_all),
]
"""A selector, or the word `all`."""
