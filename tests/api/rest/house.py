"""A small fleet in virtual time with the API on top: the clock stands, and goes on when a test says so."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from falcon.testing import Result, TestClient

from actors.system import Simulation
from actors.vocabulary import Words
from api.access.keys import KeyStore
from api.app import create_app
from api.limits import ApiLimits
from schemas.scenario import load_scenario

SECOND: Final = 1_000_000_000
FLEET: Final = """
version: 1
name: small
pace: max
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 1s, labels: {site: berlin}}
  - {name: cpu, kind: cpu, count: 2, interval: 1s, labels: {site: oslo}, wear: {dust: 0.4}}
sinks:
  - {kind: "null", name: nowhere, truth: true}
  - {kind: memory, truth: true}
"""


class House:
    """A simulation that has begun, and a client of its API. The thread that made it lives it."""

    def __init__(self, simulation: Simulation, client: TestClient) -> None:
        self.simulation = simulation
        self.client = client

    def live(self, seconds: float) -> None:
        """Let simulated time go by."""
        dispatcher = self.simulation.dispatcher
        dispatcher.run(dispatcher.now_ns + round(seconds * SECOND))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Result:
        """One request, as a program on this machine makes it. Header names have _ for -."""
        path, _, query = path.partition("?")
        named = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        extra: Mapping[str, Any] = {} if body is None else {"json": body}
        return self.client.simulate_request(method, path, query_string=query, headers=named, **extra)

    def get(self, path: str, **headers: str) -> Any:
        """What a GET gives; it must succeed."""
        result = self.call("GET", path, **headers)
        assert result.status_code == 200, result.text
        return result.json


@contextmanager
def house(
    text: str = FLEET, *, keys: KeyStore | None = None, limits: ApiLimits | None = None, seconds: float = 3
) -> Iterator[House]:
    """A fleet that has lived for some seconds."""
    scenario = load_scenario(text, "house", vocabulary=Words())
    simulation = Simulation.from_scenario(scenario, kernels="interpreted", live=True)
    simulation.begin()
    try:
        made = House(simulation, TestClient(create_app(simulation, keys=keys, limits=limits)))
        made.live(seconds)
        yield made
    finally:
        simulation.close()
