"""`/livez`: restart me or not. `/readyz`: send me requests or not. As Kubernetes asks, with every check by its name."""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from api import probes
from api.host import Host, NotReady
from api.models.base import Asked
from api.problems import ApiProblem, not_found
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route

WITHHELD: Final = "reason withheld"
"""Stands, as in Kubernetes, for what a stranger is not told."""
TEXT: Final = "text/plain; charset=utf-8"
_GIVES: Final = {
    200: Gives("All is well.", content_type=TEXT),
    503: Gives("Not now; the checks that failed say why.", content_type=TEXT),
}


class Probe(Asked):
    """How much to tell."""

    verbose: str | None = Field(None, max_length=8, description="Name every check, also those that pass.")


@route("GET", "/livez", role=None, gives=_GIVES, query=Probe)
def get_livez(call: Call) -> Answer:
    """Say whether this process is worth keeping."""
    return _answer(call, "livez", probes.LIVE)


@route("GET", "/livez/{check}", role=None, gives=_GIVES)
def get_livez_check(call: Call) -> Answer:
    """Look at one check of livez."""
    return _one(call, "livez", probes.LIVE)


@route("GET", "/readyz", role=None, gives=_GIVES, query=Probe)
def get_readyz(call: Call) -> Answer:
    """Say whether requests can be answered now."""
    return _answer(call, "readyz", probes.READY)


@route("GET", "/readyz/{check}", role=None, gives=_GIVES)
def get_readyz_check(call: Call) -> Answer:
    """Look at one check of readyz."""
    return _one(call, "readyz", probes.READY)


def _answer(call: Call, name: str, checks: Mapping[str, probes.Check]) -> Answer:
    host = call.world.host
    if not isinstance(host, Host):
        return _without_host(call)
    found, told = probes.look(checks, host), _may_know(call)
    failed = any(found.values())
    verbose = failed or call.query.verbose is not None
    if not verbose:
        return Answer(data=b"ok", content_type=TEXT)
    lines = [_line(check, wrong if told else wrong and WITHHELD) for check, wrong in found.items()]
    lines += [f"[i]{note}" for note in probes.notes(host)] if name == "readyz" and told else []
    lines.append(f"{name} check {'failed' if failed else 'passed'}")
    text = "\n".join((*lines, ""))
    return Answer(status=503 if failed else 200, data=text.encode(), content_type=TEXT)


def _one(call: Call, name: str, checks: Mapping[str, probes.Check]) -> Answer:
    check = checks.get(call.path["check"])
    if check is None:
        raise not_found(f"check of {name}", call.path["check"], f"there are {', '.join(checks)}")
    host = call.world.host
    if not isinstance(host, Host):
        return _without_host(call)
    wrong = probes.look({"": check}, host)[""]
    said = wrong if _may_know(call) else WITHHELD
    return Answer(status=503 if wrong else 200, data=(said if wrong else "ok").encode(), content_type=TEXT)


def _line(check: str, wrong: str) -> str:
    return f"[-]{check} failed: {wrong}" if wrong else f"[+]{check} ok"


def _may_know(call: Call) -> bool:
    """Reasons name hosts and files: they are for those who may read."""
    try:
        call.world.door.enter(call.request, Role.READ)
    except ApiProblem:
        return False
    return True


def _without_host(call: Call) -> Answer:
    """An application around one simulation has nothing but it to look at."""
    try:
        _ = call.world.host.simulation
    except NotReady as error:
        return Answer(status=503, data=error.detail.encode(), content_type=TEXT)
    return Answer(data=b"ok", content_type=TEXT)


ROUTES: Final[tuple[Route, ...]] = (get_livez, get_livez_check, get_readyz, get_readyz_check)
