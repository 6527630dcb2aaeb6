"""The folder of a run: who owns it, which run it is, what was commanded, and how far it has come.

lock            held by the process that runs it; gone with the process, however that ends
run.json        which run this is
commands.jsonl  every command from outside, before it was carried out
checkpoint      the whole cast at one instant
*.spool         what sinks have accepted and not delivered
"""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Final
from zlib import crc32

from platformdirs import user_state_path

from engine.clock import WallClock
from schemas.problems import CannotStart
from schemas.scenario import Scenario

VERSION: Final = 1
_FREE: Final = {"version", "pace", "duration_ns", "sinks", "lag", "description", "start_ns"}
"""What may change between two processes of one run."""
_NOW_NS: Final = 60 * 10**9
"""A start that is so near to the present was said as `now`: the first process of the run has looked it up."""


def default_folder(name: str, seed: int, where: str | None = None) -> Path:
    """The folder of a scenario's run, below `where`, or where this system keeps such things."""
    parent = Path(where) if where else user_state_path("data-simulator", appauthor=False)
    return parent / f"{name}-{seed}"


def fingerprint(scenario: Scenario) -> str:
    """What makes a run what it is: name, seed, fleet, timeline."""
    data = scenario.model_dump(mode="json", exclude=_FREE)
    return blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=16).hexdigest()


class StateFolder:
    """See the module. Locked from the moment it is made; `CannotStart` when somebody else has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path / "lock")
        except BlockingIOError as error:
            raise CannotStart(
                f"another process runs on the state in {path}; give this one a folder of its own"
            ) from error
        except OSError as error:
            raise CannotStart(f"no state can be kept in {path}: {error}") from error
        self._commands: IO[bytes] | None = None

    def release(self) -> None:
        """Let another process have it."""
        if self._commands is not None:
            self._commands.close()
        self._lock.close()

    # --- which run ---

    def about(self) -> dict[str, Any]:
        """What `run.json` says; nothing when there is none, or none that can be read."""
        try:
            found = json.loads((self.path / "run.json").read_bytes())
        except (OSError, ValueError):
            return {}
        if isinstance(found, dict) and found.get("version", 0) > VERSION:
            raise CannotStart(f"the state in {self.path} was written by a later version of this program")
        return found if isinstance(found, dict) else {}

    def note(self, about: Mapping[str, Any]) -> None:
        """Write `run.json`."""
        replace(self.path / "run.json", json.dumps({"version": VERSION, **about}, indent=2).encode())

    def is_same(self, scenario: Scenario, about: Mapping[str, Any]) -> bool:
        """Whether the run that is noted is this one, cut short."""
        if about.get("fingerprint") != fingerprint(scenario) or about.get("ended"):
            return False
        start_ns = about.get("start_ns")
        return start_ns == scenario.start_ns or abs(scenario.start_ns - WallClock.epoch_ns()) < _NOW_NS

    def forget(self) -> None:
        """Another run begins: nothing of the last one holds, but for its spools, which are still to be delivered."""
        for name in ("checkpoint", "commands.jsonl"):
            with suppress(FileNotFoundError):
                (self.path / name).unlink()

    # --- commands ---

    def log(self, entry: Mapping[str, Any]) -> None:
        """Write one command down, safely, before it is carried out."""
        if self._commands is None:
            self._commands = (self.path / "commands.jsonl").open("ab")
        self._commands.write(json.dumps(entry).encode() + b"\n")
        self._commands.flush()
        os.fsync(self._commands.fileno())

    def logged(self) -> list[dict[str, Any]]:
        """Every command that was written down; a last line that is torn was not."""
        entries = []
        with suppress(FileNotFoundError):
            for line in (self.path / "commands.jsonl").read_bytes().splitlines():
                try:
                    entries.append(json.loads(line))
                except ValueError:
                    break
        return entries

    # --- checkpoint ---

    def keep(self, data: bytes) -> None:
        """Replace the checkpoint; a process that dies meanwhile leaves the old one."""
        replace(self.path / "checkpoint", data + crc32(data).to_bytes(4, "little"))

    def kept(self) -> bytes | None:
        """The checkpoint, when there is one and it is whole."""
        try:
            found = (self.path / "checkpoint").read_bytes()
        except OSError:
            return None
        return found[:-4] if crc32(found[:-4]).to_bytes(4, "little") == found[-4:] else None


def replace(path: Path, data: bytes) -> None:
    """Write a file so that at any moment there is either the old one or the new one, whole."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


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
