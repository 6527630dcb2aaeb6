"""The scout: looks topics up before anything is sent to them - whether they are there, and how long they keep records.

On a thread of its own, because an administrator's questions are answered when it pleases the cluster. A topic is ready
when all is known that can be known: who may not ask for settings writes all the same.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from actors.sinks._kafka.certificates import certificate_problem
from actors.sinks._kafka.options import TopicOptions
from actors.sinks._kafka.troubles import told
from engine.clock import Wall

MOCK: Final = "mockCluster"
"""How the embedded broker's cluster id begins; it answers no administrators."""
ANSWER_S: Final = 5.0
LOOK_S: Final = 2.0
AGAIN_S: Final = 1.0
_FOREVER: Final = -1


class Keeping(NamedTuple):
    """What a topic says of instants, in milliseconds; `None` for what is not known or has no limit."""

    retention_ms: int | None = None
    past_ms: int | None = None
    """Records that are older than this are refused."""
    future_ms: int | None = None
    """Records that are this far ahead are refused."""


class Scout:
    """See the module. Asks are made, and answers read, by the writer's thread."""

    def __init__(
        self,
        properties: Callable[[], Mapping[str, Any]],
        wanted: TopicOptions | None,
        wall: Wall,
        tell: Callable[[str], None],
        compacted: Collection[str] = (),
    ) -> None:
        """`properties` are the client's, with its secrets. `tell` is told, on the scout's thread, what people should
        know: a topic that could not be made. Topics in `compacted` are made to keep the newest record of each key.
        """
        self._properties = properties
        self._wanted = wanted
        self._wall = wall
        self._tell = tell
        self._compacted = compacted
        self._asked: SimpleQueue[str | None] = SimpleQueue()
        self._known: dict[str, Keeping | None] = {}
        self.refusal = ""
        """Why this side does not accept a broker's certificate."""
        self._closed = Event()
        self._thread: Thread | None = None

    def ready(self, topic: str) -> bool:
        """Whether all is known that can be known; asks for it if need be."""
        if topic not in self._known:
            self._known[topic] = None
            self._asked.put(topic)
            if self._thread is None:
                thread = Thread(target=self._run, name="kafka-scout", daemon=True)
                thread.start()  # may fail for want of threads: then the next question tries again
                self._thread = thread
        return self._known[topic] is not None

    def keeping(self, topic: str) -> Keeping:
        """What a topic that is ready says of instants."""
        return self._known.get(topic) or Keeping()

    def close(self) -> None:
        """End it; nobody waits for a question that is still open."""
        self._closed.set()
        self._asked.put(None)

    def _run(self) -> None:
        with suppress(KafkaException, ValueError):  # the producer complains of the same properties
            admin = AdminClient(dict(self._properties()))
            while (topic := self._asked.get()) is not None and not self._closed.is_set():
                self._look_up(admin, topic)

    def _look_up(self, admin: Any, topic: str) -> None:
        while not self._closed.is_set():
            try:
                cluster = admin.list_topics(timeout=LOOK_S)
                self.refusal = ""
            except KafkaException:
                self.refusal = certificate_problem(self._properties())
                self._wall.wait(AGAIN_S, self._closed)
                continue
            keeping = Keeping()
            if not (cluster.cluster_id or "").startswith(MOCK):
                if self._wanted is not None and topic not in cluster.topics:
                    self._create(admin, topic, self._wanted)
                    keeping = self._ask(admin, topic)
                elif topic in cluster.topics:
                    keeping = self._ask(admin, topic)
            self._known[topic] = keeping
            return

    def _create(self, admin: Any, topic: str, wanted: TopicOptions) -> None:
        settings = {"cleanup.policy": "compact"} if topic in self._compacted else {}
        if wanted.retention_s is not None:
            forever = wanted.retention_s == "forever"
            settings["retention.ms"] = str(_FOREVER if forever else int(wanted.retention_s) * 1000)
        new = NewTopic(topic, wanted.partitions, wanted.replication or -1, config=settings)
        try:
            admin.create_topics([new], request_timeout=ANSWER_S)[topic].result(2 * ANSWER_S)
        except KafkaException as problem:
            error = problem.args[0]
            if error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                self._tell(f"topic {topic} could not be created: {told(error)}")
        except TimeoutError:
            self._tell(f"topic {topic} could not be created: no answer")

    def _ask(self, admin: Any, topic: str) -> Keeping:
        resource = ConfigResource(ResourceType.TOPIC, topic)
        try:
            found = admin.describe_configs([resource], request_timeout=ANSWER_S)[resource].result(2 * ANSWER_S)
        except (KafkaException, TimeoutError):
            return Keeping()
        said = {name: entry.value for name, entry in found.items()}
        if said.get("message.timestamp.type") == "LogAppendTime":
            return Keeping()
        deletes = "delete" in (said.get("cleanup.policy") or "delete")
        return Keeping(
            _limit(said.get("retention.ms")) if deletes else None,
            _limit(said.get("message.timestamp.before.max.ms")),
            _limit(said.get("message.timestamp.after.max.ms")),
        )


def _limit(text: str | None) -> int | None:
    """A setting in milliseconds; `None` for none and for those that say "never"."""
    try:
        value = int(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 2**62 else None
