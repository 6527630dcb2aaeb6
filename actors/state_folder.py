"""The folder of a run: who owns it, and where what is kept of it is.

lock            held by the process that runs it; gone with the process, however that ends
state.db        which run this is, every command from outside, checkpoints, journal, keys
*.spool         what sinks have accepted and not delivered
"""

import json
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Final

from platformdirs import user_state_path

from actors.state_db import Beat, StateDb
from engine.clock import WallClock
from schemas.problems import CannotStart
from schemas.scenario import Scenario

_FREE: Final = {"version", "pace", "duration_ns", "sinks", "lag", "description", "start_ns"}
"""What may change between two processes of one run."""
_NOW_NS: Final = 60 * 10**9
"""A start that is so near to the present was said as `now`: the first process of the run has looked it up."""


def default_folder(name: str, seed: int, where: str | None = None) -> Path:
    """The folder of a scenario's run, below `where`, or where this system keeps such things."""
    parent = Path(where) if where else own_folder()
    return parent / f"{name}-{seed}"


def own_folder() -> Path:
    """Where this system keeps such things."""
    return user_state_path("data-simulator", appauthor=False)


def fingerprint(scenario: Scenario) -> str:
    """What makes a run what it is: name, seed, fleet, timeline. What is as ever is left out, so that a new word of the
    scenario format, unused, changes nothing."""
    data = scenario.model_dump(mode="json", exclude=_FREE, exclude_defaults=True)
    return blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=16).hexdigest()


class StateLocked(CannotStart):
    """Another process has the state; it may let go of it."""


class StateFolder:
    """See the module. Locked from the moment it is made; `CannotStart` when somebody else has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(path / "lock")
        except BlockingIOError as error:
            raise StateLocked(
                f"another process runs on the state in {path}; give this one a folder of its own"
            ) from error
        except OSError as error:
            raise CannotStart(f"no state can be kept in {path}: {error}") from error
        self.about_before: dict[str, Any] = {}
        """Which run it was when it was asked last."""
        try:
            self.db = StateDb(path)
        except BaseException:
            self._lock.close()
            raise

    def release(self) -> None:
        """Let another process have it."""
        self.db.close()
        self._lock.close()

    def about(self) -> dict[str, Any]:
        """Which run this is; nothing when there has been none."""
        found = self.db.get("run", {})
        self.about_before = found if isinstance(found, dict) else {}
        return self.about_before

    def note(self, about: Mapping[str, Any]) -> None:
        """Write down which run this is."""
        self.db.put("run", about)

    def is_same(self, scenario: Scenario, about: Mapping[str, Any]) -> bool:
        """Whether the run that is noted is this one, cut short."""
        if about.get("fingerprint") != fingerprint(scenario) or about.get("ended"):
            return False
        start_ns = about.get("start_ns")
        return start_ns == scenario.start_ns or abs(scenario.start_ns - WallClock.epoch_ns()) < _NOW_NS

    def restore_pace(self, simulation: Any, since: Beat) -> None:
        """The pace and the pause that were set while it ran, unless the scenario now says another pace than it did."""
        scenario = simulation.scenario
        if self.about_before.get("pace", str(scenario.pace)) == str(scenario.pace):
            simulation.dispatcher.set_pace(since.pace)
        if since.paused:
            simulation.dispatcher.pause()

    def is_first(self, what: str) -> bool:
        """Whether this has not been asked before, in any life of the run; for what ends a process."""
        name = f"done/{what}"
        first = not self.db.get(name, False)
        if first:
            self.db.put(name, True)
        return first

    def forget(self) -> None:
        """Another run begins: nothing of the last one holds, but for its spools, which are still to be delivered."""
        self.db.forget()


def _locked(path: Path) -> IO[bytes]:
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise BlockingIOError from error
    return file
