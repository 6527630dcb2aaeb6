"""The Kafka sink: readings, frames, truths and records of faults as records of a Kafka cluster; see `docs/kafka.md`.

A record of the lane is delivered once the cluster has confirmed every message of it (and, with transactions, the
transaction). Whatever happens before that, it stays in the lane and is sent again, in the order of its device.
"""

import os
from typing import Any, Final

from actors.logs import logger
from actors.registry import SchemaIds
from actors.sinks._kafka.carrier import Carrier
from actors.sinks._kafka.options import KafkaOptions
from actors.sinks._kafka.parcels import Packer
from actors.sinks._kafka.plan import (
    NO_CLUSTER,
    cache_of,
    client_properties,
    producer_properties,
    settings_of,
)
from actors.sinks._kafka.pump import KafkaPump
from actors.sinks._kafka.routes import Routes
from actors.sinks._kafka.scout import Scout
from actors.sinks._kafka.works import Works
from actors.sinks.base import NothingMore, Problem, QueuedSink, Surroundings, make_spool
from engine.clock import WallClock
from engine.streams import Stream
from engine.supervision.backoff import Backoff
from schemas.connections import KafkaSettings
from schemas.formats.base import What, is_wire
from schemas.problems import InvalidInput
from schemas.settings import Settings


class KafkaSink(QueuedSink):
    """See the module."""

    def __init__(self, options: KafkaOptions, surroundings: Surroundings) -> None:
        self._spool = make_spool(options, surroundings, _target(options, surroundings.settings))
        super().__init__("kafka", surroundings, self._spool, _no_outlet)
        self.options = options
        self.run = _run_of(surroundings)
        """Tells the records of this run from those of others: a header of each."""
        self.warnings: list[str] = []
        """What people should know and what keeps nothing from working."""
        self._surroundings = surroundings
        self._running: KafkaPump | None = None
        self._resent = 0

    @property
    def resent(self) -> int:
        """Records that were sent once more in this process without knowing their fate: so many duplicates there may
        be."""
        return self._resent + (0 if self._running is None else self._running.resent)

    @property
    def renewals(self) -> int:
        """Producers that the present writer gave up for another one."""
        return 0 if self._running is None else self._running.renewals

    def pump(self, generation: int, wake: Any) -> Any:
        """The pump of one incarnation of the writer."""
        wall = self._surroundings.wall
        if self._running is not None:
            self._resent += self._running.resent + self._running.left
        self._running = KafkaPump(self._spool, self._open, wall, generation, wake, self._troubled)
        return self._running

    def _open(self) -> Works | str:
        """All that a writer needs, or why it can have nothing."""
        around, options = self._surroundings, self.options
        try:
            settings = settings_of(around.settings, options)
            target = settings.kafka()
            if target is None:
                return NO_CLUSTER
            return self._works(settings, target)
        except (OSError, InvalidInput) as error:
            return f"cannot connect: {error}"

    def _works(self, settings: Settings, target: KafkaSettings) -> Works:
        around, options, form = self._surroundings, self.options, self._surroundings.format
        data: What = options.payload or ("reading" if is_wire(form) else "frame")
        templates = (options.topic_template, options.truth_template, options.fault_template)
        folder = around.state_folder
        registry = settings.registry() if is_wire(form) else None
        ids = None
        if registry is not None:
            ids = SchemaIds(registry, cache_of(folder), register=options.register_schemas, wall=around.wall)
        name = f"data-simulator-{self.run}-{self.name}"
        return Works(
            carrier=lambda complaints: Carrier(producer_properties(target, options, name), complaints),
            packer=Packer(form, data, self.run, self._spool.epoch_of),
            routes=Routes(form, target.topic, templates, data, options.subject),
            ids=ids,
            schema_type=form.schema_type if is_wire(form) else "",
            scout=Scout(
                lambda: client_properties(target),
                options.create_topics,
                around.wall,
                self._warn,
                {options.fault_template.format(topic=target.topic)},
            ),
            rejected_file=options.rejected_file or (str(folder / f"{self.name}.rejected.jsonl") if folder else ""),
            warn=self._warn,
            batch=options.limits().batch,
            draw=Stream(os.getpid(), self.name, "kafka-backoff").uniform,
            backoff=Backoff(),
        )

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        logger(self.address).warning(text)


def _target(options: KafkaOptions, settings: Settings) -> str:
    """The servers of the cluster, in order; nothing when there are none, or none that can be told yet."""
    try:
        target = settings_of(settings, options).kafka()
    except InvalidInput:
        return ""
    return "" if target is None else ",".join(sorted(target.servers.split(",")))


def _run_of(around: Surroundings) -> str:
    """The same for all processes of a run that goes on where it stood."""
    if around.state_folder is not None:
        return around.state_folder.name
    return f"{WallClock.epoch_ns() // 1_000_000:x}"


def _no_outlet() -> Any:
    raise TypeError("the pump of this sink has a client of Kafka instead")


class _Kind(NothingMore):
    """Produces to a Kafka cluster: each reading or frame keyed by device, truths and faults on topics of their own."""

    name = "kafka"
    options = KafkaOptions
    binary = True
    """Records keep bytes apart."""
    default_format = "avro"

    def claims(self, options: KafkaOptions, truth: bool) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Nothing: topics may be shared."""
        return ()

    def prepare(self, options: KafkaOptions, truth: bool) -> list[Problem]:  # noqa: ARG002
        """Files that TLS needs and that are not there."""
        problems = []
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(options, name)
            if path is not None and not _readable(path):
                problems.append(Problem(name, path, "a file that can be read"))
        return problems

    def build(self, options: KafkaOptions, surroundings: Surroundings) -> KafkaSink:
        """Make one."""
        return KafkaSink(options, surroundings)


def _readable(path: str) -> bool:
    try:
        with open(path, "rb"):
            return True
    except OSError:
        return False


SINK: Final = _Kind()
