"""Doubts: records that the client sends again by itself after a lost connection, and that may then be there twice.

An idempotent producer is known to the cluster, which takes nothing from it twice. But a broker that starts again reads
out of its log which producers it knew, and forgets those whose last record is older than `producer.id.expiration.ms` (a
day when nothing else is said), by the time the record bears: with simulated instants, that is soon the case.
"""

from typing import Final

from actors.sinks._kafka.carrier import Carrier
from engine.clock import NANOSECONDS, WallClock

EXPIRY_NS: Final = 86_400 * NANOSECONDS
"""`producer.id.expiration.ms` as Kafka ships it."""


class Doubts:
    """Belongs to the writer's thread."""

    def __init__(self) -> None:
        self.time_ns = 0
        """The instant of the record that was handed over last."""
        self._cuts = 0
        self._most = 0
        self._counted = 0

    def after(self, cuts: int, under_way: int, carrier: Carrier) -> int:
        """How many more records are in doubt, now that so many connections have been lost in all: as many, at most, as
        were under way at any time since something was delivered last."""
        self._most = max(self._most, under_way)
        if cuts == self._cuts:
            return 0
        self._cuts = cuts
        if carrier.transactional or (carrier.idempotent and WallClock.epoch_ns() - self.time_ns < EXPIRY_NS):
            return 0
        more = self._most - self._counted
        self._counted = self._most
        return more

    def delivered(self, under_way: int) -> None:
        """The cluster is there, and so many are left: a connection that is lost from now on puts them in doubt anew."""
        self._most, self._counted = under_way, 0
