"""Where a run keeps its state: what lets the next process go on, and what sinks have yet to deliver."""

from pathlib import Path
from typing import TYPE_CHECKING

from actors.stage import wants_spool
from actors.state import RunState
from actors.state_folder import default_folder

if TYPE_CHECKING:
    from schemas.scenario import Scenario
    from schemas.settings import Settings


def state_for(
    scenario: "Scenario", settings: "Settings", folder: str | None, *, fresh: bool, lasting: bool
) -> RunState | None:
    """The state in the folder that was asked for, or in one of its own for a scenario whose sinks spool.

    Nothing is kept that nobody wants: not without such a sink, nor, unless asked, beside embedded brokers, which keep
    nothing either (`lasting` false). `CannotStart` when another process has the folder.
    """
    where = settings.get("DATA_SIMULATOR_STATE_DIR")
    if folder is not None:
        return RunState(Path(folder), fresh=fresh)
    if where is None and not (lasting and wants_spool(scenario)):
        return None
    return RunState(default_folder(scenario.name, scenario.seed, where), fresh=fresh)
