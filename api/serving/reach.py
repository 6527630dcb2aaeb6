"""Who can reach the server, and whether that is allowed: nobody but this machine as long as there is no key."""

import sys
from typing import TYPE_CHECKING, Final

from api.access.keys import new_key
from api.roles import Role
from api.serving.keys import store, stored
from engine.clock import WallClock
from schemas.problems import CannotStart, InvalidInput
from schemas.server_settings import listening
from schemas.setting_values import Findings

if TYPE_CHECKING:
    from api.serving.plan import ServePlan

WAIT_S: Final = 6
"""How long a state is waited for that another process still has: one whose master was killed ends within 5 s."""


def listening_option(host: str | None) -> str | None:
    """The address that an option names. Raises `InvalidInput`."""
    if host is None:
        return None
    findings = Findings()
    found = listening(host, findings, "--host")
    if findings:
        raise InvalidInput("serve", findings)
    return found


def check_state(plan: "ServePlan") -> None:
    """Open the state once, before anything listens; make the first key where that is asked for. Raises `CannotStart`.

    The state is free again afterwards, for the worker.
    """
    folder = plan.take_folder(WAIT_S)
    try:
        for name in folder.db.aside:
            sys.stderr.write(f"data-simulator: a damaged file was set aside: {folder.path / name}\n")
        if plan.server.only_here or plan.server.admin_key is not None or stored(folder.db):
            return
        if not plan.server.make_key:
            raise CannotStart(
                f"{plan.server.host} can be reached by others, and there is no API key; listen at 127.0.0.1, or set "
                "DATA_SIMULATOR_ADMIN_KEY_FILE, or let one be made: DATA_SIMULATOR_MAKE_KEY=true"
            )
        secret, record = new_key("first", Role.ADMIN, WallClock.epoch_ns())
        store(folder.db, record)
        sys.stderr.write(f"API key of an admin, shown this once: {secret}\n")
        sys.stderr.flush()
    finally:
        folder.release()
