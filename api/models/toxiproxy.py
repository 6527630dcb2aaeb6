"""Fault proxies in the shape that Toxiproxy gives them."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from api.models.base import Sent, Shown

ToxicType = Literal["latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
Attributes = dict[str, float]
ToxicName = Annotated[str, Field(max_length=64)]


class ToxicShown(Shown):
    """A toxic in force."""

    name: str = Field(description="Its type and its stream: `latency_downstream`.")
    type: ToxicType
    stream: Literal["upstream", "downstream", "both"]
    toxicity: float = Field(description="The share of connections that it is on.")
    attributes: Attributes


class ProxyShown(Shown):
    """A fault proxy of the run."""

    name: str
    listen: str = Field(description="Where sinks connect.")
    upstream: str = Field(description="What it stands in front of.")
    enabled: bool = Field(description="Whether anybody is let in.")
    toxics: tuple[ToxicShown, ...]


class ProxiesShown(RootModel[dict[str, ProxyShown]]):
    """All proxies of the run, by name."""


class ToxicsShown(RootModel[tuple[ToxicShown, ...]]):
    """The toxics in force at one proxy."""


class VersionShown(Shown):
    """Whose shape this is."""

    version: str = Field(description="The version of Toxiproxy whose API this is a part of.")


class ToxicBody(Sent):
    """A toxic to be added."""

    name: ToxicName = Field("", description="Its type and its stream; empty is the same.")
    type: ToxicType
    stream: Literal["", "upstream", "downstream", "both"] = Field("downstream", description="Empty: downstream.")
    toxicity: Annotated[float, Field(ge=0, le=1, strict=False)] = 1.0
    attributes: Attributes = Field(default_factory=dict, description="What its type wants to know.")


class ToxicPatch(Sent):
    """Another dose of a toxic that is there."""

    name: ToxicName | None = Field(None, description="As it is.")
    type: ToxicType | None = Field(None, description="As it is.")
    stream: Literal["", "upstream", "downstream", "both"] | None = Field(None, description="As it is.")
    toxicity: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    attributes: Attributes = Field(default_factory=dict, description="What its type wants to know.")


class ProxyBody(Sent):
    """Whether a proxy lets anybody in; what else a client repeats has to be as it is."""

    enabled: bool
    name: str | None = Field(None, max_length=64, description="As it is.")
    listen: str | None = Field(None, max_length=128, description="As it is.")
    upstream: str | None = Field(None, max_length=128, description="As it is.")
    toxics: list[dict[str, object]] | None = Field(None, max_length=16, description="Not looked at.")
