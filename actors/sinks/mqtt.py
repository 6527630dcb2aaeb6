"""The MQTT sink: readings, frames, truths and records of faults as messages of an MQTT broker; see `docs/mqtt.md`.

A record is delivered once the broker has acknowledged every message of it without a reason to refuse it (QoS 1 and 2),
or once they have left for the network (QoS 0). Whatever happens before that, it stays in the lane and is sent again,
in the order of its device.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.sinks._mqtt.framing import Framing, make_framing
from actors.sinks._mqtt.network import Network
from actors.sinks._mqtt.options import MqttOptions
from actors.sinks._mqtt.parcels import Packer, plain
from actors.sinks._mqtt.plan import NO_BROKER, Plan, target_of, tls_context
from actors.sinks._mqtt.pump import MqttPump
from actors.sinks.base import NothingMore, Problem, QueuedSink, Surroundings, make_spool
from engine.clock import NANOSECONDS, WallClock
from schemas.commands import ConnectionCommand
from schemas.formats.base import is_wire
from schemas.problems import InvalidInput
from schemas.settings import Settings

STANDS_S: Final = 10
"""A network loop that has not gone round for so long is stuck in something."""


class MqttSink(QueuedSink):
    """See the module."""

    def __init__(self, options: MqttOptions, surroundings: Surroundings) -> None:
        self._spool = make_spool(options, surroundings, _target(options, surroundings.settings))
        super().__init__("mqtt", surroundings, self._spool, _no_outlet)
        self.options = options
        self.has_connections = options.connection == "per-device"
        """Whether devices can act out their connections here."""
        self._surroundings = surroundings
        self._wall = surroundings.wall
        self._commands: deque[ConnectionCommand] = deque()
        self._parked: set[str] = set()
        self._framing: Framing | None = None
        self._running: MqttPump | None = None
        self._resent = 0
        self._run = f"{WallClock.epoch_ns() // 1_000_000:x}"

    @property
    def problem(self) -> str:
        """What keeps it from delivering now."""
        network = self._network
        if network is not None and self.depth:
            stands_ns = self._wall.monotonic_ns() - network.beat_ns
            if stands_ns > STANDS_S * NANOSECONDS:
                return f"the network loop has stood for {stands_ns // NANOSECONDS} s"
        framing = self._framing
        return super().problem or (framing.ids.problem or "" if framing is not None else "")

    @property
    def _rejected_file(self) -> str:
        folder = self._surroundings.state_folder
        return self.options.rejected_file or (str(folder / f"{self.name}.rejected.jsonl") if folder is not None else "")

    @property
    def connections(self) -> Mapping[str, int]:
        """How many sessions are in which state."""
        network = self._network
        return {} if network is None else Counter(session.state for session in list(network.sessions.values()))

    @property
    def resent(self) -> int:
        """Messages that were sent once more in this process: so many duplicates there may be."""
        return self._resent + (0 if self._running is None else self._running.resent)

    def open(self) -> bool:
        """Whether the clock may go on at pace max; it does not wait for devices that are away by order."""
        if super().open():
            return True
        network = self._network
        return network is not None and self.depth - network.away < self.options.limits().high_water // 2

    def act(self, command: ConnectionCommand) -> None:
        """Have a device act out its connection. Never blocks."""
        self._commands.append(command)
        self._nudge()

    def pump(self, generation: int, wake: Callable[[], None]) -> Any:
        """The pump of one incarnation of the writer."""
        if self._running is not None:
            self._resent += self._running.resent + self._running.left
        self._running = MqttPump(
            self._spool, self._open, self._commands, self._wall, generation, wake, self._troubled, self._rejected_file
        )
        return self._running

    def _make_framing(self) -> Framing | None:
        around = self._surroundings
        if not is_wire(around.format):
            return None
        folder = around.state_folder
        cache = None if folder is None else folder / f"{self.name}.schema-ids.json"
        return make_framing(around.format, around.settings, self.options, cache, self._nudge)

    def forget_schema(self) -> None:
        """The format has another schema: the next writer asks for its id."""
        if self._framing is not None:
            self._framing.ids.close()
        self._framing = None

    def _nudge(self) -> None:
        if self._running is not None:
            self._running.nudge()

    def abandon(self) -> int:
        """Give up what is still queued, unless it outlives the process, and take nothing more."""
        if self._framing is not None:
            self._framing.ids.close()
        return super().abandon()

    @property
    def _network(self) -> Network | None:
        return self._running.network if self._running is not None else None

    def _open(self) -> Network | str:
        """A network ready to go, or why there can be none."""
        around, options = self._surroundings, self.options
        try:
            target = target_of(around.settings, options)
            if target is None:
                return NO_BROKER
            self._framing = self._framing or self._make_framing()
            plan = Plan(self.name, target, options, self._run, tls_context(target.tls))
        except (OSError, InvalidInput) as error:
            return f"cannot connect: {error}"
        packer = Packer(
            around.format,
            target.topic,
            options.templates,
            per_reading=options.payload == "reading",
            header=self._framing or plain,
        )
        return Network(plan, packer, self._wall, self._parked)


def _target(options: MqttOptions, settings: Settings) -> str:
    """`host:port`; nothing when there is none, or none that can be told yet."""
    try:
        target = target_of(settings, options)
    except InvalidInput:
        return ""
    return "" if target is None else f"{target.host}:{target.port}"


def _no_outlet() -> Any:
    raise TypeError("the pump of this sink has a network instead")


class _Kind(NothingMore):
    """Publishes to an MQTT broker: a message for each reading or frame, by one connection or one for each device."""

    name = "mqtt"
    options = MqttOptions
    binary = True
    """Messages keep bytes apart."""

    def claims(self, options: MqttOptions, truth: bool) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Nothing: sessions of two sinks differ by their client ids."""
        return ()

    def prepare(self, options: MqttOptions, truth: bool) -> list[Problem]:  # noqa: ARG002
        """Files that TLS needs and that are not there."""
        problems = []
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(options, name)
            if path is not None and not _readable(path):
                problems.append(Problem(name, path, "a file that can be read"))
        return problems

    def build(self, options: MqttOptions, surroundings: Surroundings) -> MqttSink:
        """Make one."""
        return MqttSink(options, surroundings)


def _readable(path: str) -> bool:
    try:
        with open(path, "rb"):
            return True
    except OSError:
        return False


SINK: Final = _Kind()
