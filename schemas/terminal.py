"""What the environment says of the terminal."""

import os


def terminal() -> str:
    """The kind of terminal, as `TERM` names it; `dumb` when nothing is known of it."""
    return os.environ.get("TERM") or "dumb"
