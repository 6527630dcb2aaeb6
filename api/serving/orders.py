"""Orders for the host: which run is next, and how that goes."""

import json
import threading
from typing import TYPE_CHECKING, NamedTuple

from actors.state_folder import StateFolder, fingerprint

if TYPE_CHECKING:
    from schemas.scenario import Scenario


class RunOrder(NamedTuple):
    """Which run to begin, or to go on with."""

    scenario: "Scenario"
    fresh: bool = False
    """Begin another run, whatever was there before."""


class Turn:
    """A change of runs that somebody has asked for."""

    def __init__(self, order: RunOrder | None) -> None:
        """`None` ends the present run, and no other takes its place."""
        self.order = order
        self.problem = ""
        """Why it failed, once it is over."""
        self._over = threading.Event()

    def done(self, problem: str = "") -> None:
        """It is over."""
        self.problem = problem
        self._over.set()

    def wait(self, seconds: float) -> bool:
        """Whether it is over by then."""
        return self._over.wait(seconds)


def first_order(folder: StateFolder, scenario: "Scenario", *, fresh: bool) -> RunOrder:
    """What a server runs first: what it ran last, unless it has been told to run something else since.

    Another scenario may have been started by request; that one goes on, as long as the server is started with the same
    scenario as it was then. Raises `InvalidInput` when its document cannot be read any more.
    """
    wanted = fingerprint(scenario)
    about = folder.about()
    told = folder.db.get("told")
    folder.db.put("told", wanted)
    if fresh:
        return RunOrder(scenario, fresh=True)
    other = about.get("fingerprint") not in (None, wanted) and not about.get("ended")
    if other and told == wanted and "document" in about:
        from api.loading import build

        return RunOrder(build(json.dumps(about["document"]), "the run that is kept"))
    return RunOrder(scenario)
