"""Routes: what each one takes, gives and allows, beside the function that answers it.

Everything is said once: the server obeys it and the OpenAPI document is written from it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import falcon
from pydantic import BaseModel

from api.access.auth import Caller
from api.roles import Role

if TYPE_CHECKING:
    from api.world import World

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    media: BaseModel | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None
    """Instead of `media`: bytes as they are."""
    content_type: str = JSON
    stream: Iterator[bytes] | None = None
    """Instead of both: what goes on coming."""
    settings: str = ""
    """Stands for what of it can be set; a part of its tag."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in: everything in it has been looked at."""

    world: "World"
    caller: Caller
    path: Mapping[str, str]
    """The words in the path, by name."""
    query: Any
    """The route's query model, filled."""
    body: Any
    """What the route's body made of the JSON."""
    request: falcon.Request


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON body: how it is read, and what the document says of it."""

    read: Callable[["World", Any], Any]
    """From plain data to what the handler gets; raises `InvalidInput` with every problem."""
    schema: Callable[["World", Callable[[type[BaseModel]], dict[str, Any]]], dict[str, Any]]
    """The JSON Schema; the function given makes a reference to a model."""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Gives:
    """One answer of a route."""

    what: str
    """In words."""
    model: type[BaseModel] | None = None
    content_type: str = JSON
    """Without a model, of a text or of bytes."""
    headers: tuple[str, ...] = ()
    """Names of headers that come with it."""
    empty: bool = False
    """Whether there is no body."""
    links: tuple[tuple[str, str, str], ...] = ()
    """What can be asked next: an operation, its parameter, and where in this answer its value is."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address."""

    method: str
    path: str
    role: Role | None
    """Who may; `None` is everybody. There is no default: what nobody thought about does not exist."""
    handle: Handler
    gives: Mapping[int, Gives]
    query: type[BaseModel] | None = None
    body: Body | None = None
    problems: tuple[int, ...] = ()
    """Statuses of problems, besides those that follow from the rest."""
    repeatable: bool = False
    """Whether an `Idempotency-Key` is heeded: a repeated request gets the first one's answer."""
    reads: tuple[str, ...] = ()
    """Names of other headers that are heeded."""
    documented: bool = True
    """Pages and pictures are not part of the API."""

    @property
    def id(self) -> str:
        """Its name in the document: `list_devices` is `listDevices`."""
        first, *rest = self.handle.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def summary(self) -> str:
        """The first line of what the function says of itself."""
        return (self.handle.__doc__ or "").strip().partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of it."""
        _, _, rest = (self.handle.__doc__ or "").strip().partition("\n")
        return " ".join(line.strip() for line in rest.splitlines()).strip()


def route(
    method: str,
    path: str,
    *,
    role: Role | None,
    gives: type[BaseModel] | Mapping[int, Gives],
    query: type[BaseModel] | None = None,
    body: Body | None = None,
    problems: tuple[int, ...] = (),
    repeatable: bool = False,
    reads: tuple[str, ...] = (),
    documented: bool = True,
) -> Callable[[Handler], Route]:
    """Make a route of the function below. A model alone is what 200 gives."""
    answers = gives if isinstance(gives, Mapping) else {200: Gives("What was asked for.", gives)}

    def make(handle: Handler) -> Route:
        return Route(method, path, role, handle, answers, query, body, problems, repeatable, reads, documented)

    return make
