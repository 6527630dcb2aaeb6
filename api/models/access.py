"""Keys, sessions, scenarios and problems as the API takes and shows them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.models.base import Page, Sent, Shown
from api.roles import Role


class KeyItem(Shown):
    """An API key, without its secret."""

    id: str
    name: str
    role: Role
    created: str = Field(description="Wall time, RFC 3339.")


class KeyPage(Page[KeyItem]):
    """A page of keys."""


class NewKey(Sent):
    """A key to be made."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$")] = Field(
        description="Whose it is, or what it is for.", examples=["dashboard"]
    )
    role: Annotated[Role, Field(strict=False)] = Field(description="What it may do.")


class MadeKey(KeyItem):
    """A key with its secret, which is shown this once."""

    key: str = Field(description="The secret. It is not kept and cannot be shown again.")


class Login(Sent):
    """A key that is exchanged for a cookie."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(description="An API key.")


class SessionShown(Shown):
    """The session that was begun."""

    role: Role
    name: str


class ScenarioItem(Shown):
    """A shipped scenario."""

    name: str
    description: str
    devices: int


class ScenarioPage(Page[ScenarioItem]):
    """A page of scenarios."""


class ScenarioShown(ScenarioItem):
    """A shipped scenario with its text."""

    text: str = Field(description="YAML.")


class ScenarioText(Sent):
    """A scenario to be looked at."""

    text: Annotated[str, StringConstraints(max_length=262_144)] = Field(description="YAML or JSON.")


class ErrorItem(Shown):
    """One mistake at one place."""

    path: str = Field(description="Where, as it was written: fleet[0].interval, query.limit.")
    found: str
    allowed: str
    hint: str = ""
    line: int | None = Field(None, description="Line of a text, counted from 1.")


class ProblemShown(Shown):
    """A problem document (RFC 9457)."""

    type: str = Field(description="Which kind of problem; a path that leads to its description.")
    title: str
    status: int
    detail: str = Field(description="What is wrong with this request.")
    instance: str = Field(description="The path that was asked for.")
    errors: tuple[ErrorItem, ...] = Field(description="Every mistake by its path, where there are several.")


class ScenarioVerdict(Shown):
    """What a scenario would run, or what is wrong with it."""

    valid: bool
    problems: tuple[ErrorItem, ...]
    outlook: dict[str, Any] | None = Field(description="What it would run, and what that would cost.")


class ProblemKind(Shown):
    """A kind of problem."""

    type: str
    title: str
    status: int
    meaning: str


class ProblemPage(Page[ProblemKind]):
    """All kinds of problems."""
