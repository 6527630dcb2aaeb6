"""The vocabulary: every word that scenarios and commands may use here."""

from typing import Any, Final

from pydantic import RootModel

from api.catalogue import catalogue
from api.roles import Role
from api.route import Answer, Call, Route, route


class Kinds(RootModel[dict[str, dict[str, dict[str, Any]]]]):
    """Every word by its family (devices, sensors, modes, faults, sinks...), each with what there is to know of it."""


@route("GET", "/v1/kinds", role=Role.READ, gives=Kinds)
def get_kinds(call: Call) -> Answer:
    """Show the vocabulary: the same as `data-simulator kinds` shows."""
    found = call.world.once("kinds", lambda: Kinds(catalogue()))
    return Answer(found)


ROUTES: Final[tuple[Route, ...]] = (get_kinds,)
