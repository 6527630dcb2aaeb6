"""Bad inputs for every door of the API: JSON, names, addresses, cursors, headers, YAML. Each must be a 4xx at worst.

As a program: `PYTHONPATH=. python tests/api/rest/fuzz_doors.py 100000 [SEED]` tells what came of so many of them.
"""

import gc
import json
import sys
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any, Final, NamedTuple

import psutil
from falcon.testing import Result, TestClient

from actors.system import Simulation
from actors.vocabulary import Words
from api.app import create_app
from api.limits import ApiLimits
from api.resources import all_routes
from schemas.scenario import load_scenario
from tests.api.rest.house import FLEET

NASTY: Final = (
    "",
    ".",
    "..",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a\x00b",
    "%0d%0aX: y",
    "\u202e",
    "\U0001f600",
    "x" * 300,
    "x" * 5_000,
    "null",
    "NaN",
    "-1",
    "1e309",
    "99999999999999999999",
    "true",
    "[]",
    "{}",
    "' OR 1=1 --",
    "<script>",
    "${jndi:x}",
    "{{7*7}}",
    "%s%n",
    "\ud83d",
    "é",
    "ß" * 64,
    "pi-0001",
    "PI-0001",
    "pi-0001/",
    "pi-0001\n",
    "%ff%fe",
    "%c0%ae",
    "*",
    "?",
    "#",
    ";",
    "..;/",
    "\\",
    "+",
    " ",
    "\t",
    "0",
    "-0",
    "1" * 400,
    "all",
    "١٢٣",
)
TOKENS: Final = (
    b"NaN",
    b"Infinity",
    b"-",
    b"1e999",
    b"9" * 50,
    b"null",
    b"true",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\u",
    b"\\ud800",
    b"\\udc00",
    b",",
    b":",
    b"\x00",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"/*",
    b"'",
    b"0x1",
    b"[" * 40,
    b'{"a":' * 40,
    b'"a":1,"a":2',
    b"1.0",
    b"-0",
    b"\r\n",
    b"1" * 4_400,
)
BODIES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("/v1/commands", {"do": "pause", "on": "all"}),
    ("/v1/commands", {"do": "inject-fault", "on": {"percent": 50}, "sensor": "power", "fault": "spike", "for": "1s"}),
    ("/commands", {"do": "set-interval", "interval": "10s", "sensor": "load"}),
    ("/commands", {"do": "set-parameter", "parameter": "demand", "value": 0.5, "ramp": {"over": "5s", "steps": 3}}),
    ("/commands", {"do": "resume"}),
    ("/faults", {"sensor": "power", "fault": "stuck", "parameters": {"value": 1.0}, "id": "x"}),
    ("/wear", {"mode": "dust", "damage": 0.01}),
    ("/repair", {"mode": "dust"}),
    ("{device}", {"interval": "30s", "intervals": {"load": "40s"}, "parameters": {"room_temperature_c": 20}}),
    ("{sensor}", {"interval": "30s"}),
    ("/clock", {"pace": 10.0, "paused": False}),
    ("/step", {"for": "1ms"}),
    ("/keys", {"name": "k", "role": "read"}),
    ("/session", {"key": "dsk_wrong"}),
    ("/check", {"text": "version: 1\nfleet: [{kind: cpu, count: 2}]\nsinks: [{kind: 'null'}]\n"}),
)
"""Bodies that are right, for addresses that end so."""
YAML: Final = (
    "&a [*a]",
    "a: &x [1]\nb: *x",
    "!!python/object:os.system {}",
    "? {a: b}",
    "<<: {a: 1}",
    "[" * 600,
    "1:30",
    "0x" + "f" * 300,
    "version: 1\nfleet: [{kind: cpu, count: 99999999}]",
    "version: no",
    "\t",
    "---\n---",
    "%YAML 9",
    "a: b: c",
    "\x85",
    "- " * 300,
)


class Outcome(NamedTuple):
    """What came of it."""

    statuses: Counter[int]
    failures: list[str]
    grown_bytes: int
    """Resident memory at the end, less that after the first tenth."""


class Host:
    """A host whose streams end at once."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.closing = threading.Event()
        self.closing.set()


@contextmanager
def living() -> Iterator[TestClient]:
    """A fleet that lives in a thread of its own, and a client of its API."""
    simulation = Simulation.from_scenario(
        load_scenario(FLEET.replace("pace: max", "pace: 5"), "fuzz", vocabulary=Words()),
        kernels="interpreted",
        live=True,
    )
    ready = threading.Event()
    thread = threading.Thread(target=simulation.run, kwargs={"on_ready": ready.set})
    thread.start()
    try:
        assert ready.wait(60)
        limits = ApiLimits(requests_per_s=1e9, burst=10**9, keys=5)
        yield TestClient(create_app(Host(simulation), limits=limits))
    finally:
        simulation.request_stop()
        thread.join(60)


def fuzz(count: int, seed: int, tell: Callable[[int], None] = lambda _: None) -> Outcome:
    """So many bad requests, always the same for a seed."""
    random, statuses, failures = Random(seed), Counter[int](), list[str]()
    routes = [
        (route.method, route.path, tuple(route.query.model_fields) if route.query else ()) for route in all_routes()
    ]
    process, before = psutil.Process(), 0
    with living() as client:
        for number in range(count):
            if number == count // 10:
                gc.collect()
                before = process.memory_info().rss
            method, path, query, body, headers = request(random, routes)
            result = client.simulate_request(method, path, query_string=query, body=body, headers=headers)
            statuses[result.status_code] += 1
            if wrong := judge(result):
                failures.append(f"#{number} {method} {path!r} ?{query!r} {headers} {body[:200]!r}: {wrong}")
            if number % 10_000 == 0:
                tell(number)
        gc.collect()
        return Outcome(statuses, failures, process.memory_info().rss - before)


def request(
    random: Random, routes: list[tuple[str, str, tuple[str, ...]]]
) -> tuple[str, str, str, bytes, dict[str, str]]:
    """One request with something wrong in it."""
    method, path, words = random.choice(routes)
    fitting = [body for end, body in BODIES if path.endswith(end)]
    if random.random() < 0.03:
        method = random.choice(("PUT", "OPTIONS", "HEAD", "TRACE", "POST", "PATCH", "DELETE"))
    # keys change who may come in, which is for other tests
    if path.startswith("/v1/keys") and method != "GET":
        method = "GET"
    for name in ("device", "sensor", "group", "sink", "scenario", "problem", "operation", "key", "run", "file", "part"):
        path = path.replace(f"{{{name}}}", _name(random)).replace(f"{{{name}:path}}", _name(random))
    path = "/" + path.replace("{fault:path}", _name(random)).replace("{name:path}", _name(random)).lstrip("/")
    body = b"" if method in ("GET", "DELETE") and random.random() < 0.9 else _body(random, fitting)
    return method, path, _query(random, words), body, _headers(random, body)


def _name(random: Random) -> str:
    if random.random() < 0.4:
        return random.choice(("pi-0001", "cpu-0002", "power", "pi", "nowhere", "default", "pi-0001%2Fpower%2F0"))
    return random.choice(NASTY).encode("utf-8", "surrogatepass").decode("latin-1").replace("?", "%3F")


def _query(random: Random, own: tuple[str, ...]) -> str:
    foreign = (
        "limit",
        "cursor",
        "sort",
        "label",
        "q",
        "kind",
        "health_below",
        "since",
        "history",
        "types",
        "dry_run",
        "x",
    )
    pairs = []
    for _ in range(random.choice((0, 0, 0, 1, 1, 3)) if own else int(random.random() < 0.1)):
        word = random.choice(own if own and random.random() < 0.9 else foreign)
        value = _cursor(random) if word == "cursor" else random.choice((*NASTY, "id", "-health", "5", "a:b"))
        pairs.append(f"{word}={value}".replace("\n", "%0a").replace("\x00", "%00"))
    return "&".join(pairs).encode("utf-8", "surrogatepass").decode("latin-1")


def _cursor(random: Random) -> str:
    value: Any = random.choice(
        ([], ["id", 0, 0, "pi"], ["id", 1, "x", 5], {"a": 1}, [[]], ["-health", 0, 1e308, "x"], "x", 1, None)
    )
    data = bytearray(urlsafe_b64encode(json.dumps(value).encode()))
    for _ in range(random.choice((0, 0, 1, 3))):
        data[random.randrange(len(data))] = random.randrange(33, 127)
    return data.decode().replace("&", "A").replace("#", "B").replace("%", "C")


def _body(random: Random, fitting: list[dict[str, Any]]) -> bytes:
    kind = random.random()
    if kind < 0.1:
        text = random.choice((*YAML, *NASTY)) + random.choice(("", "\n" + random.choice(YAML)))
        return json.dumps({"text": text}).encode()
    if kind < 0.15:
        return random.randbytes(random.randrange(60))
    body = dict(random.choice(fitting if fitting and random.random() < 0.8 else [each for _, each in BODIES]))
    for _ in range(random.choice((0, 1, 1, 2))):
        word = random.choice([*body, "on", "at", "x", "for"])
        body[word] = random.choice((None, True, [], {}, 0, -1, 1e300, 2**63, *NASTY, [[[[]]]], {"a": {"b": []}}))
    if random.random() < 0.3 and body:
        body.pop(random.choice(list(body)))
    data = bytearray(json.dumps(body).encode("utf-8", "surrogatepass"))
    for _ in range(random.choice((0, 0, 1, 2, 5)) if data else 0):
        at = random.randrange(len(data))
        data[at : at + random.randrange(3)] = random.choice(TOKENS) if random.random() < 0.7 else random.randbytes(1)
    return bytes(data)


def _headers(random: Random, body: bytes) -> dict[str, str]:
    headers = {"Host": "localhost"} if random.random() < 0.97 else {"Host": _header(random)}
    if body:
        headers["Content-Type"] = "application/json" if random.random() < 0.95 else _header(random)
    for name in (
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        "Authorization",
        "Cookie",
        "Last-Event-ID",
        "Accept",
        "Origin",
    ):
        if random.random() < 0.05:
            headers[name] = _header(random)
    return headers


def _header(random: Random) -> str:
    text = random.choice((*NASTY, '"a.b"', "Bearer x", "data_simulator_session=x", "http://localhost", "x-1"))
    return text.encode("utf-8", "surrogatepass").decode("latin-1").translate({10: None, 13: None, 0: None})[:2_000]


def judge(result: Result) -> str:
    """What is wrong with an answer; nothing as a rule."""
    if result.status_code >= 500:
        return f"{result.status} {result.text[:200]}"
    if "Traceback" in result.text:
        return "it tells of the inside"
    if result.status_code >= 400 and result.text:
        document: Mapping[str, Any] = result.json
        if document["status"] != result.status_code:
            return "the document has another status"
    return ""


def main() -> int:
    """Run as many as were asked for; 0 when nothing was wrong."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    outcome = fuzz(count, seed, lambda number: print(f"{number}...", flush=True))
    answers = dict(sorted(outcome.statuses.items()))
    print(f"{count} bad inputs: {answers}; {outcome.grown_bytes / 1e6:.1f} MB more at the end")
    for failure in outcome.failures[:20]:
        print(failure)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
