"""The carrier: one producer of librdkafka, from its making until it is of no more use."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from actors.sinks._kafka.troubles import Complaints, told

STEP_S: Final = 0.5
"""How long one call may hold the writer up; what takes longer is called again."""
LAST_WORDS_S: Final = 1.0


class SpoiledError(Exception):
    """This producer can do nothing more; a new one has to begin where it stood."""


class Carrier:
    """See the module. Belongs to one thread. `SpoiledError` when none can be made like this."""

    def __init__(self, properties: Mapping[str, Any], complaints: Complaints) -> None:
        self._transactional = "transactional.id" in properties
        self.idempotent = bool(properties.get("enable.idempotence", False))
        """Whether the cluster knows again what this producer sends twice."""
        self._begun = False
        self._made = not self._transactional
        try:
            self._producer: Any = Producer({**properties, "error_cb": complaints})
        except (KafkaException, ValueError, TypeError) as error:
            raise SpoiledError(_reason(error)) from error
        self.produce: Callable[..., None] = self._producer.produce

    def __len__(self) -> int:
        """Messages that are handed over and not reported yet."""
        return len(self._producer)

    @property
    def transactional(self) -> bool:
        """Whether what is delivered counts only once it is committed."""
        return self._transactional

    def ready(self) -> bool:
        """Whether messages can be handed over; a transaction is begun if need be."""
        if not self._made:
            self._made = self._try(self._producer.init_transactions)
        if self._made and self._transactional and not self._begun:
            self._try(self._producer.begin_transaction, timed=False)
            self._begun = True
        return self._made

    def poll(self, wait_s: float) -> None:
        """Let the client report."""
        self._producer.poll(wait_s)

    def commit(self) -> bool:
        """End the transaction; false when that is not known yet. Without transactions there is nothing to do."""
        if not self._begun:
            return True
        if self._try(self._producer.commit_transaction):
            self._begun = False
            return True
        return False

    def discard(self) -> None:
        """Withdraw what is under way and take the last reports. The producer can do nothing more."""
        try:
            self._producer.purge(in_queue=True, in_flight=True, blocking=False)
            self._producer.flush(LAST_WORDS_S)
            if self._begun:
                self._producer.abort_transaction(LAST_WORDS_S)
        except KafkaException:
            pass  # its successor's beginning ends the transaction, or the time-out does
        self.produce = _gone
        self._producer = ()

    def _try(self, call: Callable[..., Any], *, timed: bool = True) -> bool:
        try:
            call(*((STEP_S,) if timed else ()))
        except KafkaException as problem:
            error = problem.args[0]
            if error.retriable() and not error.fatal() and not error.txn_requires_abort():
                return False
            raise SpoiledError(told(error)) from problem
        return True


def _gone(*_: Any, **__: Any) -> None:
    raise KafkaException(KafkaError(KafkaError._STATE))


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else error
    return told(first) if isinstance(first, KafkaError) else str(error)
