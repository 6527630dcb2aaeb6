"""Fixtures with real brokers, known to every test (conftest.py names this file).

The shared ones live as long as a test process; a test that ends or stops a broker takes one of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol, TypeVar

import pytest

from tests.brokers.certificates import Certificates, make_certificates
from tests.brokers.connect import Connect
from tests.brokers.installed import need
from tests.brokers.kafka import PASSWORD, USERNAME, Kafka
from tests.brokers.mosquitto import Mosquitto, MosquittoOptions
from tests.brokers.processes import Broker
from tests.brokers.proxy import FaultProxy
from tests.brokers.registry import Registry

B = TypeVar("B", bound=Broker)


class MakeMosquitto(Protocol):
    """Makes a Mosquitto of one's own; the options are those of `MosquittoOptions`."""

    def __call__(self, **options: Any) -> Mosquitto: ...


def need_mosquitto() -> None:
    """Go on only where there is a Mosquitto."""
    need(programs=("mosquitto", "mosquitto_passwd"), modules=("trustme", "paho"))


def need_kafka() -> None:
    """Go on only where there is a Kafka."""
    need(programs=("java",), parts=("kafka",), modules=("trustme", "confluent_kafka"))


def need_registry() -> None:
    """Go on only where there is a registry."""
    need(programs=("java",), parts=("registry",))


def need_connect() -> None:
    """Go on only where there is a Kafka Connect with the stand-in."""
    need_kafka()
    need(parts=("plugins/mqtt-stand-in",))


@contextmanager
def running(broker: B) -> Iterator[B]:
    """A broker that is started, and ended when one is done with it."""
    try:
        broker.start()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority of the tests' own and what it signed."""
    need(modules=("trustme",))
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def _mosquitto(folder: Path, certificates: Certificates, **options: Any) -> Iterator[Mosquitto]:
    with running(Mosquitto(folder, MosquittoOptions(**options), certificates)) as broker:
        yield broker


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Mosquitto]:
    """Plain, open to everybody, without a limit on what waits for a subscriber."""
    need_mosquitto()
    yield from _mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates)


@pytest.fixture(scope="session")
def mosquitto_tls(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Mosquitto]:
    """TLS."""
    need_mosquitto()
    yield from _mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates, tls=True)


@pytest.fixture(scope="session")
def mosquitto_password(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Mosquitto]:
    """A password for alice, who may not write to denied/#."""
    need_mosquitto()
    users = {USERNAME: PASSWORD}
    yield from _mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates, users=users, denied=("denied/#",))


@pytest.fixture(scope="session")
def mosquitto_mutual_tls(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Mosquitto]:
    """TLS, and clients show a certificate as well."""
    need_mosquitto()
    yield from _mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates, client_certificates=True)


@pytest.fixture(scope="session")
def mosquitto_default_limits(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Mosquitto]:
    """With Mosquitto's own limit of 1,000 messages per subscriber, past which it drops and says nothing."""
    need_mosquitto()
    yield from _mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates, max_queued=None)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Kafka]:
    """One Kafka with all its listeners."""
    need_kafka()
    with running(Kafka(tmp_path_factory.mktemp("kafka"), certificates)) as broker:
        yield broker


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One schema registry."""
    need_registry()
    with running(Registry(tmp_path_factory.mktemp("registry"))) as server:
        yield server


@pytest.fixture(scope="session")
def connect(tmp_path_factory: pytest.TempPathFactory, kafka: Kafka) -> Iterator[Connect]:
    """One Kafka Connect worker beside the shared Kafka."""
    need_connect()
    with running(Connect(tmp_path_factory.mktemp("connect"), kafka)) as worker:
        yield worker


@pytest.fixture
def own_mosquitto(tmp_path: Path, certificates: Certificates) -> Iterator[MakeMosquitto]:
    """Makes brokers that a test may end, stop and start."""
    need_mosquitto()
    with ExitStack() as stack:

        def make(**options: Any) -> Mosquitto:
            folder = Path(mkdtemp(prefix="mosquitto-", dir=tmp_path))
            return stack.enter_context(running(Mosquitto(folder, MosquittoOptions(**options), certificates)))

        yield make


@pytest.fixture
def own_kafka(tmp_path: Path, certificates: Certificates) -> Iterator[Callable[[], Kafka]]:
    """Makes a Kafka that a test may end, stop and start; takes about three seconds."""
    need_kafka()
    with ExitStack() as stack:

        def make() -> Kafka:
            return stack.enter_context(running(Kafka(Path(mkdtemp(prefix="kafka-", dir=tmp_path)), certificates)))

        yield make


@pytest.fixture
def own_registry(tmp_path: Path) -> Iterator[Callable[[], Registry]]:
    """Makes a registry that a test may end, stop and start."""
    need_registry()
    with ExitStack() as stack:

        def make() -> Registry:
            return stack.enter_context(running(Registry(Path(mkdtemp(prefix="registry-", dir=tmp_path)))))

        yield make


@pytest.fixture
def fault_proxy() -> Iterator[Callable[[str, int], FaultProxy]]:
    """Makes proxies in front of whatever speaks TCP: `fault_proxy(host, port)`."""
    with ExitStack() as stack:

        def make(host: str, port: int) -> FaultProxy:
            proxy = FaultProxy(host, port)
            stack.callback(proxy.close)
            return proxy

        yield make
