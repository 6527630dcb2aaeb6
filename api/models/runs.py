"""Runs as the API takes and shows them."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.models.base import Page, Sent, Shown


class RunItem(Shown):
    """A run of this server: a scenario from its start to its end."""

    id: str
    scenario: str = Field(description="The scenario's name.")
    seed: int
    began: str = Field(description="Wall time, RFC 3339.")
    ended: str | None
    state: Literal["running", "duration", "stopped", "failed", "lost"] = Field(
        description="`running`, or how it ended; `lost`: another run took its place before its end was written down."
    )
    summary: dict[str, Any] = Field(description="What it came to, once it is over: frames, digest...")


class RunPage(Page[RunItem]):
    """A page of runs, the newest first."""


class NewRun(Sent):
    """Which scenario to run."""

    text: Annotated[str, StringConstraints(max_length=262_144)] | None = Field(None, description="YAML or JSON.")
    name: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="One of the scenarios that come with the product; or a text."
    )
