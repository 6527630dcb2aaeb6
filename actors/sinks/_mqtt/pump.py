"""The pump: what the writer does, turn by turn: draw from the lane, let the network go round, settle what came."""

from collections import deque
from collections.abc import Callable
from typing import Final

from actors.sinks._mqtt.acts import carry_out
from actors.sinks._mqtt.network import Network
from actors.sinks._rejected_file import keep_rejected
from actors.sinks.base import FencedError, Pass, Spool
from engine.clock import NANOSECONDS, Wall
from schemas.commands import ConnectionCommand

TURN_NS: Final = 200_000_000
"""Then the writer looks into its mailbox."""
DRAIN_NS: Final = 2_500_000_000
"""How long a stop waits for acknowledgements that are still to come."""
STOP_NS: Final = 4_000_000_000
"""How long a stop takes at most, goodbyes and all: less than a writer is given."""
GOODBYE: Final = "stopped"


class MqttPump:
    """As `actors.sinks.base.Pump`, for a network of sessions. `network` makes the one of this incarnation."""

    def __init__(
        self,
        lane: Spool,
        network: Callable[[], Network | str],
        commands: deque[ConnectionCommand],
        wall: Wall,
        generation: int,
        wake: Callable[[], None],
        troubled: Callable[[str], None],
        rejected_file: str = "",
    ) -> None:
        self._lane = lane
        self._make = network
        self._commands = commands
        self._wall = wall
        self._generation = generation
        self._wake = wake
        self._troubled = troubled
        self._rejected_file = rejected_file
        self._network: Network | None = None
        self._pass: Pass | None = None
        self._note = ("", 0)
        self._resent = 0
        self.left = 0
        """Messages that were not acknowledged when this writer ended: a successor sends them once more."""
        self._kind = lane.problem

    @property
    def network(self) -> Network | None:
        """The network while it is open."""
        return self._network

    @property
    def resent(self) -> int:
        """Messages that this writer has sent once more."""
        return self._resent if self._network is None else self._network.outcomes.resent

    def start(self) -> None:
        """Take over the lane and begin; nothing to do when the lane has ended or is somebody else's."""
        try:
            self._pass = self._lane.attach(self._generation, self.nudge)
        except FencedError:
            return
        made = self._make()
        if isinstance(made, str):
            self._tell(made)
        else:
            self._network = made
        self._wake()

    def nudge(self) -> None:
        """Something is new. From any thread."""
        if self._network is not None:
            self._network.nudge()

    def turn(self) -> bool:
        """Some rounds of the network; false when replaced. Without a broker to go to there are none."""
        network, mine = self._network, self._pass
        if network is None or mine is None:
            return True
        try:
            until = self._wall.monotonic_ns() + TURN_NS
            while (left := until - self._wall.monotonic_ns()) > 0:
                self._round(network, mine, left / NANOSECONDS)
            self._look(network)
        except FencedError:
            return False
        self._wake()
        return True

    def turn_once(self, wait_s: float = 0.05) -> None:
        """One round of the network."""
        if self._network is not None and self._pass is not None:
            self._round(self._network, self._pass, wait_s)

    def finish(self) -> None:
        """Carry out what can be carried out, say goodbye and close."""
        network, mine = self._network, self._pass
        try:
            if network is not None and mine is not None:
                began = self._wall.monotonic_ns()
                until = began + DRAIN_NS
                while self._lane.depth and self._wall.monotonic_ns() < until and network.busy(self._lane.depth):
                    self._round(network, mine, 0.05)
                self._say_goodbye(network, mine, began + STOP_NS)
        except FencedError:
            pass
        finally:
            self.fail()

    def _say_goodbye(self, network: Network, mine: Pass, until_ns: int) -> None:
        network.leave(GOODBYE)
        while network.leaving and self._wall.monotonic_ns() < until_ns:
            network.step(0.05)
            self._settle(network, mine)

    def fail(self) -> None:
        """Close without a word; what was not settled is left to the successor."""
        network, self._network = self._network, None
        if network is not None:
            self._resent = network.outcomes.resent
            self.left = sum(len(session.flight) for session in network.sessions.values())
            network.close()

    def _round(self, network: Network, mine: Pass, wait_s: float) -> None:
        while self._commands:
            carry_out(network, self._commands.popleft())
        room = network.room()
        drawn = self._lane.draw(mine, room) if room else ()
        for row, record, _ in drawn:
            network.offer(row, record)
        if room and not drawn and not self._lane.sleep(mine):
            wait_s = 0.0
        self._lane.permit(mine, 0)
        network.step(0.0 if drawn else wait_s)
        self._settle(network, mine)

    def _settle(self, network: Network, mine: Pass) -> None:
        found = network.outcomes
        if found.done:
            done, found.done = found.done, []
            self._lane.confirm(mine, done)
            network.settled(len(done))
        if found.refused:
            refused, found.refused = found.refused, {}
            records, found.records = found.records, []
            rejected = self._lane.reject(mine, refused)
            if self._rejected_file:
                keep_rejected(self._rejected_file, rejected, records)
            network.settled(len(refused))
        for reason, rows in (("connection-lost", found.cut), ("oldest", found.overflow)):
            if rows:
                self._lane.drop(mine, rows, reason)
                network.settled(len(rows))
                rows.clear()

    def _look(self, network: Network) -> None:
        """How things stand, for people."""
        found, now = network.outcomes, self._wall.monotonic_ns()
        if found.note:
            self._note, found.note = (found.note, now), ""
        text, since = self._note
        if text and now - since > 10 * NANOSECONDS:
            self._note = ("", 0)
        problem, kind = network.problem()
        self._tell(problem or (f"refused: {text}" if text else ""), kind)

    def _tell(self, problem: str, kind: str = "") -> None:
        """`kind` is what stays the same while numbers in the problem change: each is logged once."""
        kind = kind or problem
        self._lane.problem = problem
        if kind != self._kind:
            self._kind = kind
            self._troubled(problem)
