"""Care: how records that the cluster may refuse are told apart from those that were only in the same batch.

An answer is given to a batch. After a refusal the records of that batch go again in small groups, each alone with the
cluster; after a refusal of a group, or of few, they go one by one, and one that is refused by itself often enough is
rejected.
"""

from collections.abc import Iterable
from typing import Final

GROUP: Final = 64
FEW: Final = 8
"""So many need no groups."""
TRIES: Final = 3
"""Refusals of a record by itself."""


class Care:
    """Rows are looked at in their order, so that two numbers say up to where care is taken."""

    def __init__(self) -> None:
        self._group_upto = 0
        self._single_upto = 0
        self._tries: dict[int, int] = {}

    @property
    def most(self) -> int:
        """How many rows may go at once, and nothing beside them; 0 when no care need be taken."""
        if self._single_upto:
            return 1
        return GROUP if self._group_upto else 0

    def passed(self, row: int) -> None:
        """All rows below this one are out."""
        if row > self._single_upto:
            self._single_upto = 0
            self._tries.clear()
        if row > self._group_upto:
            self._group_upto = 0

    def refused(self, rows: Iterable[int], *, final: bool) -> int | None:
        """These were refused together. Answers the row that is to be rejected, if it is clear which."""
        rows = list(rows)
        if self._single_upto:
            row = rows[0]
            self._tries[row] = tries = self._tries.get(row, 0) + 1
            return row if final or tries >= TRIES else None
        if self._group_upto or len(rows) <= FEW:
            self._single_upto = max(rows)
        self._group_upto = max(self._group_upto, *rows)
        return None
