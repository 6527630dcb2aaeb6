"""What the environment of the process says. Read here and nowhere else, apart from options that name their variable."""

import os


def terminal() -> str:
    """The kind of terminal, as `TERM` names it; `dumb` when nothing is known of it."""
    return os.environ.get("TERM") or "dumb"
