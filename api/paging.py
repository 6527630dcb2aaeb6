"""Pages of a list: by key, not by number, so that what comes and goes meanwhile shifts nothing.

A cursor says where the page before ended: the value it was sorted by, and the id that settles ties.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from heapq import nlargest, nsmallest
from typing import Any, Final, NamedTuple, TypeVar

from api.problems import invalid
from schemas.problems import Problem

T = TypeVar("T")
Key = tuple[int, Any, str]
"""Rank (things without a value come last), value, id."""
_LONGEST: Final = 512


class Cut(NamedTuple):
    """One page, and where the next begins."""

    items: Sequence[Any]
    next: str | None


def cut(
    rows: Sequence[T],
    *,
    limit: int,
    cursor: str | None,
    sort: str,
    id_of: Callable[[T], str],
    value_of: Callable[[T], Any] | None = None,
) -> Cut:
    """One page of the rows. `sort` is the order's name, with a minus for the other way; it must be the cursor's.

    `value_of` gives what they are sorted by (numbers or texts, or `None`); without it they are sorted by id.
    """
    down = sort.startswith("-")

    def key_of(row: T) -> Key:
        value = None if value_of is None else value_of(row)
        return (value is None and value_of is not None, 0 if value is None else value, id_of(row))

    if cursor is not None:
        rows = _behind(rows, key_of, _read(cursor, sort), down=down)
    # One more than the page tells whether there is another; no list of all keys is made, for it would be a long one.
    page = (nlargest if down else nsmallest)(limit + 1, rows, key=key_of)
    more = len(page) > limit
    page = page[:limit]
    return Cut(page, _write(key_of(page[-1]), sort) if more else None)


def _behind(rows: Sequence[T], key_of: Callable[[T], Key], last: Key, *, down: bool) -> Sequence[T]:
    """The rows that come after a key."""
    try:
        return [row for row in rows if (key_of(row) < last if down else key_of(row) > last)]
    except TypeError:
        raise _bad() from None


def _write(key: Key, sort: str) -> str:
    text = json.dumps([sort, int(key[0]), key[1], key[2]], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: str) -> Key:
    try:
        if not cursor.isascii() or len(cursor) > _LONGEST:
            raise ValueError
        order, rank, value, id = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        raise _bad() from None
    whole = isinstance(id, str) and isinstance(value, str | int | float) and rank in (0, 1)
    if order != sort or not whole:
        raise _bad()
    return (bool(rank), value, id)


def _bad() -> Exception:
    return invalid([Problem("query.cursor", "no cursor of this list in this order", "`next` of the page before")])
