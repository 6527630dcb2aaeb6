"""Making the spool of a sink that carries to a broker."""

from pathlib import Path
from typing import Final

from actors.sinks.base.options import LiveOptions
from actors.sinks.base.sink import Surroundings
from actors.sinks.base.spool import Spool
from actors.sinks.base.spool_file import FileStore
from actors.sinks.base.spool_store import MemoryStore, Store

SUFFIX: Final = ".spool"


def make_spool(options: LiveOptions, surroundings: Surroundings) -> Spool:
    """The spool that the options ask for; opens nothing. Without any folder there is no file, as with `spool: none`."""
    store: Store = MemoryStore()
    if options.spool != "none":
        folder = options.spool.folder or surroundings.state_folder
        if folder is not None:
            store = FileStore(Path(folder) / f"{surroundings.name}{SUFFIX}", options.spool.durability)
    return Spool(store, options.spool_limits(), surroundings.gated, surroundings.wall)
