"""Which files of this machine a scenario that came over the network may name: those in a folder made for them, in the
state's own, and in what the server's owner has listed.

The state folder itself is not among them: the database, keys and spools of the server lie there.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PLACE: Final = "files"
"""The folder for them, below the state's own."""
ALLOWED: Final = "a file below {}, or below what DATA_SIMULATOR_FILES lists"


class Files:
    """The list of folders, and the judgement. An empty list lets nobody name a file."""

    def __init__(self, folders: Iterable[str | Path] = ()) -> None:
        self._folders = tuple(os.path.realpath(os.path.expanduser(folder)) for folder in folders)

    @property
    def allowed(self) -> str:
        """What may be named, for people."""
        if not self._folders:
            return "none, or what is below a folder that DATA_SIMULATOR_FILES lists"
        return ALLOWED.format(self._folders[0])

    def lists(self, text: str) -> bool:
        """Whether a path lies below a listed folder, all links followed; a relative one is meant from where the server
        runs, as sinks read it."""
        if not text or "\0" in text or "\\" in text or ".." in text.split("/"):
            return False
        place = os.path.realpath(os.path.expanduser(text))
        return any(place.startswith(folder.rstrip("/") + "/") for folder in self._folders)


def served_files(state: Path | None, listed: Iterable[str]) -> Files:
    """The files of a server: its own folder for them, which is made where it can be, and the listed ones."""
    own: list[str | Path] = []
    if state is not None:
        own.append(state / PLACE)
        try:
            (state / PLACE).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            own.clear()  # where the state cannot be kept the server says so itself
    return Files((*own, *listed))
