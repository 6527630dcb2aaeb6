"""Outcomes: what became of records, collected by the sessions and handed to the lane in one go."""

from collections.abc import Iterable

from actors.sinks.base import Record


class DeniedError(Exception):
    """The broker has refused a topic of this record a short while ago."""


class Outcomes:
    """Rows of the lane by what became of them."""

    __slots__ = ("cut", "denied", "done", "note", "overflow", "records", "refused", "resent")

    def __init__(self) -> None:
        self.done: list[int] = []
        """Delivered."""
        self.refused: dict[int, str] = {}
        """Refused for good, and why."""
        self.records: list[Record] = []
        """The records refused, in the same order."""
        self.cut: list[int] = []
        """On their way with QoS 0 when the connection ended."""
        self.overflow: list[int] = []
        """Given up by a device that has been without a connection for long."""
        self.denied: dict[str, tuple[int, str]] = {}
        """Topics that the broker refused: until when not to ask again, and why."""
        self.resent = 0
        """Messages sent once more, so far: so many duplicates there may be."""
        self.note = ""
        """The last refusal, for people."""

    def check(self, topics: Iterable[str], now_ns: int) -> None:
        """`DeniedError` when one of these topics was refused and may not be asked for again yet."""
        for topic in topics:
            until, reason = self.denied.get(topic, (0, ""))
            if until > now_ns:
                raise DeniedError(reason)
            self.denied.pop(topic, None)

    def refuse(self, row: int, record: Record, reason: str) -> None:
        """This record will not be delivered."""
        self.refused[row] = reason
        self.records.append(record)
        self.note = reason
