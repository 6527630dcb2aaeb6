"""The vocabulary: every word that scenarios and commands may use here."""

from typing import Any, Final

from pydantic import Field

from api.catalogue import catalogue
from api.models.base import Shown
from api.roles import Role
from api.route import Answer, Call, Route, route


class Kinds(Shown):
    """Every word by its family, each with what there is to know of it."""

    devices: dict[str, dict[str, Any]] = Field(description="Models, profiles, sensors, settable parameters.")
    sensors: dict[str, dict[str, Any]]
    modes: dict[str, dict[str, Any]] = Field(description="Ways a body wears out.")
    faults: dict[str, dict[str, Any]] = Field(description="Ways a sensor lies, with their parameters.")
    sinks: dict[str, dict[str, Any]]
    formats: dict[str, dict[str, Any]]


@route("GET", "/v1/kinds", role=Role.READ, gives=Kinds)
def get_kinds(call: Call) -> Answer:
    """Show the vocabulary: the same as `data-simulator kinds` shows."""
    found = call.world.once("kinds", lambda: Kinds(**catalogue()))
    return Answer(found)


ROUTES: Final[tuple[Route, ...]] = (get_kinds,)
