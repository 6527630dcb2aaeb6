"""The life of the server's processes: a master that only watches, and one worker that owns the fleet."""

import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from shutil import rmtree
from typing import Any, Final

from api.exit_codes import ExitCode
from api.host import Host
from api.metrics import requests
from api.serving.exits import CODE
from api.serving.plan import ServePlan, chosen, chosen_scenario
from api.serving.reach import check_state
from engine.clock import NANOSECONDS, WallClock
from schemas.problems import CannotStart, InvalidInput
from schemas.server_settings import DEFAULT_PORT

STOP_S: Final = 20.0
"""From the signal to the end, at most; a container has 30."""
DEATHS: Final = 5
DEATHS_WITHIN_S: Final = 60.0
"""So many deaths of workers in so short a time are no accident: the server gives up."""


@cache
def host() -> Host:
    """This process's host."""
    return Host()


def address(plan: ServePlan) -> str:
    """Where to listen, as Gunicorn writes it."""
    port = DEFAULT_PORT if plan.server.port is None else plan.server.port
    name = plan.server.host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


# --- in the master ---


def on_starting(server: Any) -> None:
    """Look at everything that can be wrong; end with the exit code that says what is."""
    _refuse_foreign_settings(server)
    _learn()
    try:
        chosen_scenario()
        check_state(chosen())
    except (InvalidInput, CannotStart) as error:
        end_badly(error)


def _learn() -> None:
    """Import here what the worker needs, so that one that takes the place of a dead one need not. No more than that:
    whatever runs, threads and clients of brokers above all, is made in the worker."""
    import_module("actors.system")
    import_module("api.production")
    import_module("api.app")
    import_module("api.resources").all_routes()


def _refuse_foreign_settings(server: Any) -> None:
    """Settings of Gunicorn's that would break a promise of this product."""
    wrong = [
        name
        for name, bad in (
            ("workers", server.cfg.workers != 1),
            ("preload_app", server.cfg.preload_app),
            ("max_requests", server.cfg.max_requests > 0),
            ("certfile", server.cfg.certfile),
        )
        if bad
    ]
    if wrong:
        sys.stderr.write(f"data-simulator: {', '.join(wrong)}: not with this server; see api/server.py\n")
        sys.exit(ExitCode.BAD_INPUT)


def end_badly(error: Exception) -> None:
    """Say what is wrong and end with its exit code."""
    bad = isinstance(error, InvalidInput)
    sys.stderr.write(f"data-simulator: {error}\n" if bad else f"data-simulator: cannot start: {error}\n")
    sys.exit(ExitCode.BAD_INPUT if bad else ExitCode.CANNOT_START)


def when_ready(server: Any) -> None:
    """Listening: tell where, in any case: the port may be one that nobody has chosen."""
    sys.stderr.write("".join(f"Dashboard: {_url(listener)}\n" for listener in server.LISTENERS))
    sys.stderr.flush()
    _load_kernels()
    _force_at_second_interrupt(server)


def _load_kernels() -> None:
    """Load the compiled kernels here when they lie ready: every worker then has them from its first moment."""
    from engine import kernel_cache, kernels

    if chosen().options.kernels != "interpreted" and kernels.ready():
        kernel_cache.import_all()
        kernels.load("auto")


def _url(listener: Any) -> str:
    name, port = listener.getsockname()[:2]
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _force_at_second_interrupt(server: Any) -> None:
    before: Any = signal.getsignal(signal.SIGINT)
    count = 0

    def handle(number: int, frame: Any) -> None:
        nonlocal count
        count += 1
        if count > 1:
            CODE.say(ExitCode.FORCED)
            for pid in list(server.WORKERS):
                os.kill(pid, signal.SIGKILL)
        else:
            before(number, frame)

    signal.signal(signal.SIGINT, handle)


def one_worker(server: Any, wanted: int) -> None:
    """Whatever signal asked for more or fewer workers, there is one."""
    if wanted != 1 and getattr(server, "WORKERS", None):
        server._num_workers = 1


_deaths: deque[int] = deque(maxlen=DEATHS)


def child_exit(server: Any) -> None:
    """A worker is gone. It is replaced, unless it asked for the end, or they keep dying."""
    from gunicorn.errors import HaltServer

    said = CODE.said()
    now = WallClock.monotonic_ns()
    _deaths.append(now)
    if said is not None or not server.LISTENERS:
        return
    if len(_deaths) == DEATHS and now - _deaths[0] < DEATHS_WITHIN_S * NANOSECONDS:
        CODE.say(ExitCode.FAILED)
        raise HaltServer(f"{DEATHS} workers died within {DEATHS_WITHIN_S:g} s", ExitCode.FAILED)


def on_exit() -> None:
    """The last word of the master."""
    plan = chosen()
    if plan.passing and plan.folder is not None:
        rmtree(plan.folder, ignore_errors=True)
    code = CODE.said()
    if code:
        raise SystemExit(code)


# --- in the worker ---


def post_worker_init(worker: Any) -> None:
    """Start the fleet; requests are answered meanwhile."""
    # Records come and go by reference counts; a full collection would hold the fleet up for hundreds of milliseconds.
    gc.freeze()  # what the master imported stays
    gc.set_threshold(100_000, 50, 1_000)
    sys.setswitchinterval(0.001)  # a request must not wait 5 ms for the fleet's thread each time it takes its turn
    here = host()
    worker.on_closing = here.closing.set
    try:
        here.open(chosen())
    except CannotStart as error:
        CODE.say(ExitCode.CANNOT_START)
        end_badly(error)
    # a worker that takes the place of a dead one goes on, whatever the first one was told
    here.start(chosen_scenario(), _end_of(worker.ppid), fresh=chosen().options.fresh and worker.age == 1)


def _end_of(master: int) -> Callable[[], None]:
    """Ends the whole server, from the worker."""

    def over() -> None:
        CODE.say(host().code)
        with suppress(ProcessLookupError):  # it was killed, and this one is left over
            os.kill(master, signal.SIGTERM)

    return over


def begin_request(request: Any) -> None:
    """Note when it began, on the request itself."""
    request.began_ns = WallClock.monotonic_ns()


def count_request(request: Any, response: Any) -> None:
    """Count an answer; a stream that lasts says nothing about how long others take."""
    seconds = (WallClock.monotonic_ns() - request.began_ns) / NANOSECONDS
    status = str(response.status) if response is not None else ""
    requests.count(request.method, status, seconds, stream=request.path.endswith("/stream"))


def worker_exit() -> None:
    """Stop the fleet in order and end this process at once: threads that hang must not hold it."""
    here = host()
    if here.folder is not None:
        here.stop(STOP_S)
        here.folder.release()
        if here.code:
            CODE.say(here.code)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass  # nobody reads it any more
        os._exit(here.code)
