"""What the environment says of the terminal."""

import os


def terminal() -> str:
    """The kind of terminal, as `TERM` names it; `dumb` when nothing is known of it."""
    return os.environ.get("TERM") or "dumb"


def columns() -> int | None:
    """The width that `COLUMNS` names; `None` when it names none."""
    found = os.environ.get("COLUMNS", "")
    return int(found) if found.isascii() and found.isdigit() and int(found[:6]) > 0 else None
