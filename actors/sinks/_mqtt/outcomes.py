"""Outcomes: what became of records, collected by the sessions and handed to the lane in one go."""


class Outcomes:
    """Rows of the lane by what became of them."""

    __slots__ = ("cut", "done", "note", "overflow", "refused", "resent")

    def __init__(self) -> None:
        self.done: list[int] = []
        """Delivered."""
        self.refused: dict[int, str] = {}
        """Refused for good, and why."""
        self.cut: list[int] = []
        """On their way with QoS 0 when the connection ended."""
        self.overflow: list[int] = []
        """Given up by a device that has been without a connection for long."""
        self.resent = 0
        """Messages sent once more, so far: so many duplicates there may be."""
        self.note = ""
        """The last refusal, for people."""

    def refuse(self, row: int, reason: str) -> None:
        """This record will not be delivered."""
        self.refused[row] = reason
        self.note = reason
