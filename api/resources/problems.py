"""Problems: what each kind of error means. The `type` of a problem document leads here."""

from typing import Final

from api.models.access import ProblemKind, ProblemPage
from api.problems import KINDS, PREFIX, not_found
from api.route import Answer, Call, Route, route


@route("GET", "/v1/problems", role=None, gives=ProblemPage)
def list_problems(_: Call) -> Answer:
    """List every kind of problem that the API answers with."""
    return Answer(ProblemPage(items=tuple(map(_shown, KINDS)), next=None, total=len(KINDS)))


@route("GET", "/v1/problems/{problem}", role=None, gives=ProblemKind)
def get_problem(call: Call) -> Answer:
    """Say what a kind of problem means."""
    name = call.path["problem"]
    if name not in KINDS:
        raise not_found("kind of problem", name, f"there are {', '.join(KINDS)}")
    return Answer(_shown(name))


def _shown(name: str) -> ProblemKind:
    kind = KINDS[name]
    return ProblemKind(type=f"{PREFIX}{name}", title=kind.title, status=kind.status, meaning=kind.meaning)


ROUTES: Final[tuple[Route, ...]] = (list_problems, get_problem)
