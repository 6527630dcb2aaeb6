"""Making the spool of a sink that carries to a broker."""

from pathlib import Path
from typing import Final

from actors.sinks.base.options import LiveOptions
from actors.sinks.base.sink import Surroundings
from actors.sinks.base.spool import Spool
from actors.sinks.base.spool_file import FileStore
from actors.sinks.base.spool_store import MemoryStore, Store
from actors.sinks.base.valve import SUFFIX as OFF
from actors.sinks.base.valve import Bucket, Valve

SUFFIX: Final = ".spool"


def make_spool(options: LiveOptions, surroundings: Surroundings, target: str = "") -> Spool:
    """The spool that the options ask for; opens nothing. Without any folder there is no file, as with `spool: none`.

    `target` is where its records go: sinks that send to the same one share what the settings allow.
    """
    store: Store = MemoryStore()
    if options.spool != "none":
        folder = options.spool.folder or surroundings.state_folder
        if folder is not None:
            store = FileStore(Path(folder) / f"{surroundings.name}{SUFFIX}", options.spool.durability)
    spool = Spool(store, options.spool_limits(), surroundings.gated, surroundings.wall)
    own = None if options.max_per_s is None else Bucket(options.max_per_s, surroundings.wall)
    buckets = tuple(bucket for bucket in (own, surroundings.buckets.of(target)) if bucket is not None)
    kept = surroundings.state_folder
    spool.valve = Valve(buckets, None if kept is None else kept / f"{surroundings.name}{OFF}")
    return spool
