"""The host: holds the run of this moment in a thread of its own, and puts another one in its place when it is asked to.

Whoever serves requests asks it for the simulation each time, and never keeps it.
"""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from actors.state_folder import StateFolder
from api.exit_codes import ExitCode
from api.problems import ApiProblem, refused
from api.serving import runs
from api.serving.keys import ServedKeys
from api.serving.leading import server_guide
from api.serving.orders import RunOrder, Turn, first_order
from api.serving.pulse import Pulse
from schemas.problems import CannotStart, InvalidInput

if TYPE_CHECKING:
    from actors.system import Simulation
    from api.serving.plan import ServePlan
    from schemas.scenario import Scenario


WAIT_S: Final = 25
"""How long a state is waited for that another process still has: a worker that is replaced ends meanwhile."""


_MAKING_S: Final = 1.0


class HostState(StrEnum):
    """Where the host is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"
    """The run has come to its end; what it was can still be asked."""
    SWITCHING = "switching"
    STOPPING = "stopping"
    FAILED = "failed"


class NotReady(ApiProblem):
    """There is no run to ask at this moment; 503."""

    def __init__(self, reason: str, retry_after_s: int = 1) -> None:
        super().__init__("unavailable", reason, headers={"Retry-After": str(retry_after_s)})


class Host:
    """See the module. Made without a thread; `open` finds its state, `start` begins."""

    def __init__(self) -> None:
        self.state = HostState.STARTING
        self.closing = threading.Event()
        """Set at the first signal: whatever holds a request open ends it."""
        self.plan: ServePlan | None = None
        self.folder: StateFolder | None = None
        self.keys = ServedKeys()
        self.pulse = Pulse()
        self.code = ExitCode.OK
        """What the process has to say at its end."""
        self.run_id = ""
        """The run of this moment, or the last one."""
        self._present: Simulation | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._turn: Turn | None = None
        self._bell = threading.Event()

    @property
    def simulation(self) -> "Simulation":
        """The run of this moment. Raises `NotReady` while there is none that can be asked."""
        present = self._present
        if self.state in (HostState.RUNNING, HostState.ENDED) and present is not None:
            return present
        raise NotReady(f"the fleet is {self.state}")

    @property
    def present(self) -> "Simulation | None":
        """The same, for those who only look on: also while it starts or stops."""
        return self._present

    def open(self, plan: "ServePlan") -> None:
        """Take the state into possession, once whoever had it lets it go. Raises `CannotStart`."""
        self.plan = plan
        self.folder = plan.take_folder(WAIT_S)
        self.keys.use(self.folder.db, plan.server.admin_key)

    def start(self, scenario: "Scenario", over: Callable[[], None], *, fresh: bool) -> None:
        """Begin in a thread; `over` is called when the process has to end. `fresh` begins another run in any case."""
        self._thread = threading.Thread(target=self._work, args=(scenario, over, fresh), name="fleet", daemon=True)
        self._thread.start()

    def stop(self, within_s: float) -> None:
        """Stop the run in order; waits for it, but not longer than this."""
        self.closing.set()
        self.state = HostState.STOPPING if self.state is not HostState.FAILED else self.state
        present, thread = self._present, self._thread
        if present is not None:
            present.request_stop()
        self._bell.set()
        if thread is not None:
            # a run that is still being made holds nothing that could be lost, and cannot be hurried
            thread.join(within_s if present is not None else min(within_s, _MAKING_S))
            if present is None and self._present is None:
                return
            thread.join(within_s)
            if thread.is_alive():
                self.code = self.code or ExitCode.ZOMBIES

    # --- runs ---

    def begin(self, scenario: "Scenario") -> Turn:
        """Put another run in the place of the present one; it can be followed. Raises `ApiProblem` (409)."""
        return self._ask(Turn(RunOrder(scenario, fresh=True)))

    def end_run(self, id: str) -> Turn:
        """Stop the present run; the server goes on. Raises `ApiProblem` (409)."""
        if id != self.run_id or self.state is not HostState.RUNNING:
            raise refused(f"{id} does not run")
        return self._ask(Turn(None))

    def _ask(self, turn: Turn) -> Turn:
        with self._lock:
            if self.plan is None or self.plan.ends_with_run:
                raise refused("this server ends with its run; start one by: data-simulator serve")
            if self._turn is not None or self.state not in (HostState.RUNNING, HostState.ENDED):
                raise refused(f"the fleet is {HostState.SWITCHING if self._turn else self.state}; wait for it")
            self._turn = turn
            if turn.order is not None:
                self.state = HostState.SWITCHING
        if self._present is not None:
            self._present.request_stop()
        self._bell.set()
        return turn

    # --- the fleet's thread ---

    def _work(self, scenario: "Scenario", over: Callable[[], None], fresh: bool) -> None:
        plan, folder = self.plan, self.folder
        if plan is None or folder is None:
            raise RuntimeError("a host is opened before it starts")
        order: RunOrder | None = None
        try:
            order = first_order(folder, scenario, fresh=fresh)
        except InvalidInput as error:
            self._fail(str(error), ExitCode.BAD_INPUT)
        while order is not None:
            self._produce(plan, folder, order)
            order = None if self.code or plan.ends_with_run or self.closing.is_set() else self._next()
        if self.code or plan.ends_with_run:
            over()

    def _next(self) -> "RunOrder | None":
        """Wait for another run to be asked for; `None` at the end of the server."""
        while not self.closing.is_set():
            with self._lock:
                turn = self._turn
                if turn is not None and turn.order is None:
                    turn.done()
                    self._turn = turn = None
            if turn is not None and turn.order is not None:
                self.state = HostState.SWITCHING
                return turn.order
            self._bell.wait()
            self._bell.clear()
        return None

    def _produce(self, plan: "ServePlan", folder: StateFolder, order: RunOrder) -> None:
        try:
            self._live(plan, folder, order)
        except InvalidInput as error:
            self._fail(str(error), ExitCode.BAD_INPUT)
        except CannotStart as error:
            self._fail(f"cannot start: {error}", ExitCode.CANNOT_START)
        except Exception as error:
            import traceback

            traceback.print_exc()
            self._fail(f"an error in the program: {error!r}", ExitCode.FAILED)

    def _live(self, plan: "ServePlan", folder: StateFolder, order: RunOrder) -> None:
        from actors.state import RunState
        from api.production import Production

        state = RunState(folder, fresh=order.fresh, downtime=plan.server.downtime)
        options = replace(plan.options, summary=plan.options.summary if plan.ends_with_run else None)
        with Production(
            order.scenario, plan.settings, options, live=True, state=state, guide=server_guide(plan)
        ) as production:
            simulation = production.simulation
            self._present = simulation
            self.run_id = runs.begin(folder.db, simulation)
            self.pulse.begin(simulation)
            if self.closing.is_set():
                simulation.request_stop()
            try:
                code = production.run(self._ready)
            finally:
                self.pulse.end()
            runs.end(folder.db, self.run_id, simulation)
        if code or plan.ends_with_run:
            self.code = code
        if not self.closing.is_set():
            self.state = HostState.FAILED if code else HostState.ENDED

    def _ready(self) -> None:
        with self._lock:
            if self.state in (HostState.STARTING, HostState.SWITCHING):
                self.pulse.felt()
                self.state = HostState.RUNNING
            if self._turn is not None:
                self._turn.done()
                self._turn = None

    def _fail(self, message: str, code: ExitCode) -> None:
        sys.stderr.write(f"data-simulator: {message}\n")
        with self._lock:
            turn, self._turn = self._turn, None
        if turn is None:
            self.code = code
            self.state = HostState.FAILED
        else:  # a run that was asked for did not come about; the server goes on without one
            turn.done(message)
            self.state = HostState.ENDED
