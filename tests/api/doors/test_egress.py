"""Nobody sends this server anywhere that its owner has not listed: more than sixty ways to try, and a canary."""

import socket
import threading
from collections.abc import Iterator, Sequence

import pytest

from actors.sources.base import SilentError
from actors.sources.monitor import Monitor
from actors.vocabulary import Words
from api.doors.egress import Egress, ForbiddenTarget
from api.serving import leading
from api.serving.leading import leads
from api.serving.plan import ServePlan
from api.targets import foreign_targets
from schemas.scenario import load_scenario
from schemas.server_settings import ServerSettings
from schemas.settings import Settings
from schemas.target import read_target


class Canary:
    """Listens on this machine and counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.visits = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "127.127.127.127",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost.localdomain",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "metadata.google.internal",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "127.0.0.1%00",
    "127.0.0.1\t",
    "127.0.0.1 ",
    "user@127.0.0.1",
    "listed.example@127.0.0.1",
    "listed.example:80@127.0.0.1",
    "127.0.0.1#listed.example",
    "127.0.0.1?listed.example",
    "127.0.0.1\\@listed.example",
    "listed.example\\@127.0.0.1",
    "listed.example.127.0.0.1.nip.io",
    "127.0.0.1.nip.io",
    "rebinding.example",
    "ⓛocalhost",
    "loc\u00adalhost",
    "xn--localhost",
    "listed.example\r\nHost: x",
    "listed.example\x00.evil.example",
    "evil.example",
    "LISTED.example.evil.example",
    "1.1.1.1",
    "[::ffff:0:7f00:1]",
]
URLS = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}",
    "http:/127.0.0.1:{port}",
    "http:///127.0.0.1:{port}",
    "javascript:alert(1)",
    "http://127.0.0.1:{port}#@listed.example:80/",
    "http://listed.example:80@127.0.0.1:{port}/",
    "http://listed.example:{port}",
    "http://listed.example:80/../../x",
    "unix:///var/run/docker.sock",
    "HTTP://127.0.0.1:{port}/",
    "ldap://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}!/",
    "http://127.0.0.1:{port}\\listed.example:80/",
]


def everywhere(host: str, port: int) -> Sequence[str]:
    """A resolver in an enemy's hands: every name leads to this machine."""
    return ["127.0.0.1"]


def go(egress: Egress, url: str) -> None:
    """Follow a URL, as somebody asks for it."""
    target = read_target(url)
    socket.create_connection((egress.judge(target.host, target.port), target.port), 0.5).close()


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_in_any_disguise_reaches_nothing(host: str, canary: Canary) -> None:
    egress = Egress(["listed.example:80"], everywhere)
    for name in (host, host.strip("[]")):
        with pytest.raises((ForbiddenTarget, OSError)):
            socket.create_connection((egress.judge(name, canary.port), canary.port), 0.5)
    for url in (f"http://{host}:{canary.port}/data.json", f"http://{host}:80/"):
        with pytest.raises((ValueError, OSError)):
            go(egress, url)
        assert not egress.lists(url) or url == "http://listed.example:80/"
    assert canary.visits == 0


@pytest.mark.parametrize("form", URLS)
def test_a_url_in_any_form_reaches_nothing(form: str, canary: Canary) -> None:
    egress = Egress(["listed.example:80"], everywhere)
    with pytest.raises((ValueError, OSError)):
        go(egress, form.format(port=canary.port))
    assert canary.visits == 0


def test_there_are_more_than_sixty_forms() -> None:
    assert len(HOSTS) + len(URLS) >= 60


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "224.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_a_listed_name_that_leads_inside_is_refused_whatever_else_it_leads_to(address: str) -> None:
    egress = Egress(["listed.example:80"], lambda host, port: ["93.184.215.14", address])
    with pytest.raises(ForbiddenTarget):
        egress.judge("listed.example", 80)


def test_a_name_is_looked_up_once_and_the_judged_address_is_what_counts() -> None:
    answers = [["10.0.0.7"], ["127.0.0.1"]]
    egress = Egress(["listed.example:80"], lambda host, port: answers.pop(0))
    assert egress.judge("listed.example", 80) == "10.0.0.7"
    assert len(answers) == 1


def test_what_the_owner_lists_is_reached(canary: Canary) -> None:
    """The control: the canary hears who may come."""
    address = Egress([f"127.0.0.1:{canary.port}"]).judge("127.0.0.1", canary.port)
    with socket.create_connection((address, canary.port), 5) as connection:
        assert connection.recv(1) == b""
    assert canary.visits == 1


def test_a_monitor_that_moves_inside_after_it_was_listed_is_not_asked(canary: Canary) -> None:
    """The name led outside when the scenario came in; by the time somebody connects, it leads to this machine."""
    guide = leads(Egress([f"listed.example:{canary.port}"], everywhere), frozenset())
    monitor = Monitor(read_target(f"http://listed.example:{canary.port}/"), guide=guide)
    with pytest.raises(SilentError, match="does not connect there"):
        monitor.look()
    assert canary.visits == 0


def test_a_monitor_of_the_owner_is_asked_wherever_it_is(canary: Canary) -> None:
    guide = leads(Egress([], everywhere), frozenset({("localhost", canary.port)}))
    with pytest.raises(SilentError, match="broke off"):
        Monitor(read_target(f"http://localhost:{canary.port}/"), guide=guide).look()
    assert canary.visits == 1


def test_a_server_leads_to_its_list_and_to_what_its_owner_names(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "version: 1\nfleet:\n  - {kind: host, settings: {source: url, url: 'http://rig:8085/'}}\n"
    monkeypatch.setattr(leading, "chosen_scenario", lambda: load_scenario(text, "own", vocabulary=Words()))
    settings = Settings(values={"DATA_SIMULATOR_MONITOR_URL": "http://bench:8085/"})
    guide = leading.server_guide(ServePlan(settings, ServerSettings(targets=frozenset({"192.168.7.7:8085"}))))
    for host in ("rig", "bench", "192.168.7.7"):
        assert guide(read_target(f"http://{host}:8085")) == host
    with pytest.raises(ForbiddenTarget):
        guide(read_target("http://rig:9999/"))


FOREIGN = [
    ("sinks", "{kind: file, options: {path: /etc/x}}", "sinks[0].options.path"),
    ("sinks", "{kind: file, options: {path: ../../x}}", "sinks[0].options.path"),
    ("sinks", "{kind: mqtt, options: {host: evil.example}}", "sinks[0].options.host"),
    ("sinks", "{kind: mqtt, options: {ca_file: /etc/passwd}}", "sinks[0].options.ca_file"),
    ("sinks", "{kind: kafka, options: {servers: 'broker.example:9092,evil.example:9092'}}", "sinks[0].options.servers"),
    ("sinks", "{kind: kafka, options: {registry: 'http://169.254.169.254/'}}", "sinks[0].options.registry"),
    ("sinks", "{kind: kafka, options: {rejected_file: ../x}}", "sinks[0].options.rejected_file"),
    ("fleet", "{kind: host, settings: {source: url, url: 'http://127.0.0.1:80/'}}", "fleet[0].settings.url"),
    ("fleet", "{kind: host, settings: {root: /etc}}", "fleet[0].settings.root"),
]


@pytest.mark.parametrize(("section", "entry", "path"), FOREIGN)
def test_a_scenario_from_the_network_names_no_files_and_no_hosts_of_its_own(
    section: str, entry: str, path: str
) -> None:
    fleet = entry if section == "fleet" else "{kind: cpu}"
    sink = entry if section == "sinks" else "{kind: 'null'}"
    scenario = load_scenario(f"version: 1\nfleet: [{fleet}]\nsinks: [{sink}]", "foreign", vocabulary=Words())
    egress = Egress(["broker.example:9092", "mqtt.example", "registry.example:443"])
    assert [problem.path for problem in foreign_targets(scenario, egress)] == [path]


def test_a_scenario_from_the_network_may_name_what_is_listed() -> None:
    text = """
version: 1
fleet: [{kind: cpu}]
sinks:
  - {kind: mqtt, options: {host: mqtt.example, registry: 'https://registry.example'}}
  - {kind: kafka, options: {servers: 'broker.example:9092'}}
  - {kind: "null"}
"""
    scenario = load_scenario(text, "foreign", vocabulary=Words())
    egress = Egress(["broker.example:9092", "mqtt.example", "registry.example:443"])
    assert foreign_targets(scenario, egress) == []
