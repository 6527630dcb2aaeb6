"""The host: holds the run of this moment in a thread of its own, and puts another one in its place when it is asked to.

Whoever serves requests asks it for the simulation each time, and never keeps it.
"""

import sys
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from api.exit_codes import ExitCode
from api.problems import ApiProblem
from schemas.problems import CannotStart, InvalidInput

if TYPE_CHECKING:
    from actors.system import Simulation
    from api.serving.plan import ServePlan
    from schemas.scenario import Scenario


class HostState(StrEnum):
    """Where the host is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"
    """The run has come to its end; what it was can still be asked."""
    STOPPING = "stopping"
    FAILED = "failed"


class NotReady(ApiProblem):
    """There is no run to ask at this moment; 503."""

    def __init__(self, reason: str, retry_after_s: int = 1) -> None:
        super().__init__("unavailable", reason, headers={"Retry-After": str(retry_after_s)})


class Host:
    """See the module. Made without a thread; `start` begins."""

    def __init__(self) -> None:
        self.state = HostState.STARTING
        self.closing = threading.Event()
        """Set at the first signal: whatever holds a request open ends it."""
        self.plan: ServePlan | None = None
        self.code = ExitCode.OK
        """What the process has to say at its end."""
        self._on_run: list[Callable[[Simulation], None]] = []
        self._present: Simulation | None = None
        self._thread: threading.Thread | None = None

    @property
    def simulation(self) -> "Simulation":
        """The run of this moment. Raises `NotReady` while there is none that can be asked."""
        present = self._present
        if self.state in (HostState.RUNNING, HostState.ENDED) and present is not None:
            return present
        raise NotReady(f"the fleet is {self.state}")

    def on_run(self, callback: "Callable[[Simulation], None]") -> None:
        """Be told of each run, on the fleet's thread, after it has been made and before it begins."""
        self._on_run.append(callback)

    def start(self, plan: "ServePlan", scenario: "Scenario", over: Callable[[], None]) -> None:
        """Begin in a thread; `over` is called when the process has to end."""
        self.plan = plan
        self._thread = threading.Thread(target=self._work, args=(plan, scenario, over), name="fleet", daemon=True)
        self._thread.start()

    def stop(self, within_s: float) -> None:
        """Stop the run in order; waits for it, but not longer than this."""
        self.closing.set()
        self.state = HostState.STOPPING if self.state is not HostState.FAILED else self.state
        present, thread = self._present, self._thread
        if present is not None:
            present.request_stop()
        if thread is not None:
            thread.join(within_s)
            if thread.is_alive():
                self.code = self.code or ExitCode.ZOMBIES

    def _work(self, plan: "ServePlan", scenario: "Scenario", over: Callable[[], None]) -> None:
        try:
            self._produce(plan, scenario)
        except InvalidInput as error:
            self._fail(str(error), ExitCode.BAD_INPUT)
        except CannotStart as error:
            self._fail(f"cannot start: {error}", ExitCode.CANNOT_START)
        except Exception as error:
            import traceback

            traceback.print_exc()
            self._fail(f"an error in the program: {error!r}", ExitCode.FAILED)
        if self.code or plan.ends_with_run:
            over()

    def _fail(self, message: str, code: ExitCode) -> None:
        sys.stderr.write(f"data-simulator: {message}\n")
        self.code = code
        self.state = HostState.FAILED

    def _produce(self, plan: "ServePlan", scenario: "Scenario") -> None:
        from api.production import Production

        with Production(scenario, plan.settings, plan.options, live=True) as production:
            simulation = production.simulation
            for callback in self._on_run:
                callback(simulation)
            self._present = simulation
            if self.closing.is_set():
                simulation.request_stop()
            self.code = production.run(self._ready)
        if not self.closing.is_set():
            self.state = HostState.FAILED if self.code else HostState.ENDED

    def _ready(self) -> None:
        if self.state is HostState.STARTING:
            self.state = HostState.RUNNING
