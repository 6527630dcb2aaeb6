"""Apicurio, for its Confluent API: keeps schemas in memory."""

from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path

from tests.brokers.installed import folder as installed
from tests.brokers.installed import program
from tests.brokers.processes import HOST, Broker

API = "/apis/ccompat/v7"


class Registry(Broker):
    """One schema registry; what was registered is gone when its process is."""

    def __init__(self, folder: Path) -> None:
        super().__init__("registry", folder)
        self.url = f"http://{HOST}:{self.port}{API}"

    def command(self) -> Sequence[str]:
        """The one jar that starts it."""
        (jar,) = (installed() / "registry").glob("*-runner.jar")
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx384m"]
        return [program("java") or "java", *quick, "-jar", str(jar)]

    def own_environment(self) -> dict[str, str]:
        """Where it listens."""
        return {"QUARKUS_HTTP_HOST": HOST, "QUARKUS_HTTP_PORT": str(self.port), "JAVA_TOOL_OPTIONS": ""}

    def ready(self) -> bool:
        """Whether it lists its subjects."""
        connection = HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", f"{API}/subjects")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def environment(self) -> dict[str, str]:
        """Settings of the product that lead here."""
        return {"KAFKA_SCHEMA_ENDPOINT": self.url}
