"""How much a spool holds, and how it commits."""

from typing import NamedTuple

from actors.sinks.base.lane import Policy


class SpoolLimits(NamedTuple):
    """How much a spool holds."""

    capacity: int = 20_000
    """Records in memory on their way to the disk, and as many on their way out."""
    high_water: int = 10_000
    """At pace max the clock waits above it, until the spool is down to half of it."""
    batch: int = 512
    policy: Policy = "block"
    """What happens in real time above a limit. `block` cannot hold real time up: it sheds, and counts as `shed`."""
    max_rows: int = 2_000_000
    max_bytes: int = 1 << 30
    group: int = 1000
    """Records in one transaction, at most."""
    group_s: float = 0.05
    """Real time that a group may wait for more."""
