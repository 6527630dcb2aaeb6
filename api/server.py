"""Gunicorn's settings, as code: `gunicorn -c api/server.py api.wsgi:app` is `data-simulator serve`.

One worker owns the fleet; it is never pre-loaded, because neither actors nor clients of brokers survive a fork, and
never recycled. This product's own settings come from the environment (docs/server.md); the names below are Gunicorn's.
"""

from typing import Any

from api.serving import life, plan

_PLAN = plan.chosen_or_exit()

bind = life.address(_PLAN)
workers = 1
"""A second worker would have a second fleet, and half of the requests."""
worker_class = "api.serving.worker.Worker"
threads = _PLAN.threads
preload_app = False
max_requests = 0
control_socket_disable = True
"""All servers of a user would share its path."""
worker_connections = 900
"""More than the worker lets wait, linger and answer together, so that it never stops accepting."""
backlog = 512
timeout = 60
"""Seconds without a sign of life of the worker's accepting thread until the worker is replaced."""
graceful_timeout = 30
"""Longer than the end in order may take (20 s), so that it is never cut short."""
keepalive = 15
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
header_map = "drop"
"""Names that could be taken for other names, once they are in WSGI's form, are dropped."""
accesslog = None
loglevel = "warning"
logger_class = "api.serving.gunicorn_log.GunicornLog"
proc_name = "data-simulator"


def on_starting(server: Any) -> None:
    """Refuse what cannot be served, before there is a worker."""
    life.on_starting(server)


def when_ready(server: Any) -> None:
    """Tell where the dashboard is; take a second Ctrl-C seriously."""
    life.when_ready(server)


def nworkers_changed(server: Any, new_value: int, old_value: int | None) -> None:  # noqa: ARG001 - names are Gunicorn's
    """A second owner there shall not be."""
    life.one_worker(server, new_value)


def post_worker_init(worker: Any) -> None:
    """Start the fleet in the process that will own it."""
    life.post_worker_init(worker)


def pre_request(worker: Any, req: Any) -> None:  # noqa: ARG001
    """Note when it began."""
    life.begin_request(req)


def post_request(worker: Any, req: Any, environ: Any, resp: Any) -> None:  # noqa: ARG001
    """Count it."""
    life.count_request(req, resp)


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Stop it in order."""
    life.worker_exit()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Count the deaths of workers."""
    life.child_exit(server)


def on_exit(server: Any) -> None:  # noqa: ARG001
    """End with the exit code that the worker asked for."""
    life.on_exit()
