"""Starting the server from the command line: the very settings and the very application that Gunicorn is given."""

import errno
import socket
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn.app.base import BaseApplication

from api.serving.plan import ServePlan, choose, listening_at, with_folder
from schemas.problems import CannotStart
from schemas.server_settings import DEFAULT_PORT

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def serve(plan: ServePlan, scenario: "Scenario") -> NoReturn:
    """Serve until a signal, or the run's own end. Raises `CannotStart` when it cannot listen."""
    listener = listen(plan)
    choose(with_folder(listening_at(plan, listener.getsockname()[1]), scenario), scenario)
    from api import server

    _Program(server, listener).run()
    raise AssertionError("Gunicorn ends the process")


def listen(plan: ServePlan) -> socket.socket:
    """A socket at the address of the plan. The default port may be taken: then it is a free one."""
    wanted = plan.server.port
    try:
        return _listen(plan.server.host, DEFAULT_PORT if wanted is None else wanted)
    except OSError as error:
        if wanted is None and error.errno in (errno.EADDRINUSE, errno.EACCES):
            return _listen(plan.server.host, 0)
        at = f"{plan.server.host} port {wanted}"
        raise CannotStart(f"cannot listen at {at}: {error.strerror or error}") from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(512)
    except OSError:
        found.close()
        raise
    return found


class _Program(BaseApplication):
    """Gunicorn with the settings of a module, read again at a SIGHUP."""

    def __init__(self, settings: ModuleType, listener: socket.socket) -> None:
        self._settings = settings
        self._bind = f"fd://{listener.detach()}"
        super().__init__()

    def load_config(self) -> None:
        """Take every name that is a setting, and listen where it is listened already."""
        for name, value in vars(self._settings).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("bind", self._bind)

    def load(self) -> Any:
        """The application; called in the worker."""
        from api.wsgi import app

        return app
