"""Which simulated instant the wall clock stands at, how late the dispatcher is, and what to do about it."""

from engine.clock import MAX, NANOSECONDS, LagPolicy, Wall
from engine.lag import LagGauge


class TooLateError(RuntimeError):
    """The machine cannot keep up and the lag policy is `fail`."""


class Pacer:
    """Maps wall time to simulated time: `origin + elapsed * pace`.

    Changing pace or pausing while behind keeps the lag: it never jumps over what is due.
    """

    def __init__(self, wall: Wall, start_ns: int, pace: float, policy: LagPolicy, limit_s: float = 1.0) -> None:
        check_pace(pace)
        self.wall = wall
        self.pace = pace
        self.policy = policy
        self.limit_ns = round(limit_s * NANOSECONDS)
        """Lateness in wall time up to which the dispatcher simply hurries; beyond it the policy applies."""
        self.paused = False
        self.gauge = LagGauge()
        self.lag_ns = 0
        """Lateness of the latest instant, wall nanoseconds."""
        self.stretched_ns = 0
        """Wall time by which simulated time was held back so far."""
        self.skipped_ns = 0
        """Simulated time left out so far."""
        self._origin_wall = wall.monotonic_ns()
        self._origin = start_ns

    def anchor(self, sim_ns: int) -> None:
        """From this moment of wall time on, count from this simulated instant."""
        self._origin_wall = self.wall.monotonic_ns()
        self._origin = sim_ns

    def now(self) -> int:
        """The simulated instant that wall time has reached."""
        elapsed = self.wall.monotonic_ns() - self._origin_wall
        return self._origin + (elapsed if self.pace == 1 else int(elapsed * self.pace))

    def seconds_until(self, sim_ns: int) -> float:
        """Wall seconds until a simulated instant."""
        return (sim_ns - self.now()) / (self.pace * NANOSECONDS)

    def record(self, due_ns: int) -> bool:
        """Note how late the instant `due_ns` was finished; whether the policy must step in."""
        behind = self.now() - due_ns
        lag = behind if self.pace == 1 else int(behind / self.pace)
        self.lag_ns = lag
        self.gauge.add(lag)
        return lag > self.limit_ns

    def step_in(self, due_ns: int) -> int:
        """Apply the policy: the next instant, `due_ns`, is too late. How much simulated time to leave out.

        Raises `TooLateError` under the policy `fail`.
        """
        behind = self.now() - due_ns
        if behind <= 0:
            return 0
        if self.policy == "fail":
            raise TooLateError(f"{int(behind / self.pace)} ns behind: the machine cannot keep up at pace {self.pace}")
        if self.policy == "skip":
            self.skipped_ns += behind
            return behind
        self.stretched_ns += int(behind / self.pace)
        self.anchor(due_ns)
        return 0

    def set_pace(self, pace: float, sim_ns: int) -> None:
        """Change the pace; at a finite one the simulated time reached so far is kept."""
        self._keep(sim_ns)
        self.pace = pace

    def pause(self, paused: bool, sim_ns: int) -> None:
        """Stop or go on counting; the simulated time reached so far is kept."""
        if paused != self.paused:
            self._keep(sim_ns)
            self.paused = paused

    def _keep(self, sim_ns: int) -> None:
        if self.paused:
            # where it was stopped, or where it has been stepped to since
            self.anchor(max(self._origin, sim_ns))
        elif self.pace == MAX:
            self.anchor(sim_ns)
        else:
            self.anchor(max(sim_ns, self.now()))


def check_pace(pace: float) -> None:
    """Raise `ValueError` unless a pace can be kept."""
    if not (pace > 0 or pace == MAX):
        raise ValueError(f"pace: found {pace}; allowed: simulated seconds per real second above 0, or max")
