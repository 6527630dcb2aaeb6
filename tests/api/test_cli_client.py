"""The command line as a client of a real server: tables for people, JSON for programs, errors that say what to do."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli import main
from api.client.door import ServerDoor, server_target
from api.client.tables import Column, show, span, text_of
from api.client.words import labels, selector, values
from api.exit_codes import ExitCode
from schemas.problems import InvalidInput
from tests.actors.sources.monitor_stand_in import Reply, dribble, http, raw, stand_in
from tests.api.serving.server_process import Server

FLEET = """
version: 1
name: asked
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 250ms, labels: {site: berlin}}
  - {name: cpu, kind: cpu, count: 2, interval: 250ms, wear: {dust: 0.4}}
sinks: [{kind: "null", name: nowhere, truth: true}]
"""
KEY = "0123456789abcdef0123456789abcdef"


class Said(NamedTuple):
    """What a command said, and with which exit code it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Ask = Callable[..., Said]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with Server(folder, "--scenario", "fleet.yaml", "--port", "0").ready() as made:
        made.until(lambda: all(device["sequence"] for device in made.ask("/v1/devices").json["items"]))
        yield made


@pytest.fixture
def ask(server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """One command line against the server."""
    monkeypatch.setenv("DATA_SIMULATOR_SERVER", server.url)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        capsys.readouterr()
        try:
            main(list(words))
        except SystemExit as end:
            code = end.code
        else:
            code = 0
        found = capsys.readouterr()
        return Said(int(code or 0), found.out, found.err)

    return run


def column(text: str, head: str) -> list[str]:
    """One column of a table, by its head; its words have no blanks."""
    lines = text.splitlines()
    at = lines[0].index(head)
    # numbers stand at the right of their column
    starts = [line.rfind("  ", 0, at + len(head) - 1) + 2 if line[at : at + 1] == " " else at for line in lines[1:]]
    return [line[start:].split("  ")[0].strip() for line, start in zip(lines[1:], starts, strict=True)]


def test_devices_are_a_table_for_people_and_json_for_programs(ask: Ask) -> None:
    table = ask("devices")
    assert (table.code, table.err) == (0, "")
    assert column(table.out, "device") == ["cpu-0001", "cpu-0002", "pi-0001", "pi-0002", "pi-0003"]
    assert "temperature=" in table.out
    assert not [line for line in table.out.splitlines() if line.endswith(" ")]
    found = ask("devices", "--json").json
    assert [item["id"] for item in found["items"]] == ["cpu-0001", "cpu-0002", "pi-0001", "pi-0002", "pi-0003"]
    assert found["total"] == 5


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--kind", "cpu"], ["cpu-0001", "cpu-0002"]),
        (["--label", "site:berlin", "--sort", "-id"], ["pi-0003", "pi-0002", "pi-0001"]),
        (["--find", "0002"], ["cpu-0002", "pi-0002"]),
        (["--health-below", "0.7"], ["cpu-0001", "cpu-0002"]),
        (["--group", "pi", "--limit", "2"], ["pi-0001", "pi-0002"]),
        (["--state", "failed"], []),
    ],
)
def test_devices_are_chosen_and_sorted(ask: Ask, words: list[str], ids: list[str]) -> None:
    assert [item["id"] for item in ask("devices", "--json", *words).json["items"]] == ids


def test_what_is_not_shown_is_said(ask: Ask) -> None:
    assert ask("devices", "--limit", "2").out.endswith("... and 3 more; --limit shows more of them\n")
    assert ask("devices", "--state", "failed").out == "no such device\n"


def test_one_device_is_shown_and_changed(ask: Ask, server: Server) -> None:
    said = ask("devices", "pi-0002", "--set", "room_temperature_c=35.5", "--interval", "500ms")
    assert said.code == 0
    lines = dict(line.split("  ", 1) for line in said.out.splitlines() if "  " in line)
    assert lines["interval"].strip() == "500ms"
    assert lines["labels"].strip() == "site:berlin"
    assert "35.5" in lines["may set room_temperature_c"]
    found = server.ask("/v1/devices/pi-0002").json
    assert {each["name"]: each["value"] for each in found["settable"]}["room_temperature_c"] == 35.5
    assert ask("devices", "pi-0002", "--json").json["id"] == "pi-0002"


def test_a_fault_is_injected_listed_and_cleared(ask: Ask) -> None:
    said = ask("faults", "inject", "pi-0001", "temperature", "drift", "per_day=2.5", "--for", "1h", "--json")
    assert said.code == 0
    fault = said.json
    assert (fault["device"], fault["fault"], fault["parameters"]["per_day"]) == ("pi-0001", "drift", 2.5)
    assert column(ask("faults").out, "fault id") == [fault["id"]]
    assert ask("faults", "--device", "pi-0003").out == "no sensor fault is in force\n"
    assert ask("devices", "pi-0001").out.count("drift") == 1
    assert ask("faults", "clear", fault["id"]) == Said(0, "cleared\n", "")
    assert ask("faults").out == "no sensor fault is in force\n"
    assert ask("faults", "clear", fault["id"]).code == ExitCode.REFUSED
    people = ask("faults", "inject", "pi-0001", "load", "stuck", "--id", "mine")
    assert people.out.startswith("in force: pi-0001/mine; ")
    assert ask("faults", "clear", "pi-0001/mine").code == 0


def test_the_server_may_be_named_before_the_word_or_after_it(
    ask: Ask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_SIMULATOR_SERVER", "http://127.0.0.1:9")
    where = ("--server", server.url)
    assert ask("faults", *where, "inject", "pi-0001", "power", "stuck", "--id", "before").code == 0
    assert ask("faults", *where, "clear", "pi-0001/before") == Said(0, "cleared\n", "")
    assert ask("faults", "inject", "pi-0001", "power", "stuck", "--id", "after", *where).code == 0
    assert ask("faults", "--server", "http://127.0.0.1:9", "clear", "pi-0001/after", *where).code == 0
    assert ask("faults", "clear", "pi-0001/after").code != 0


def test_a_sink_without_a_switch_and_a_switch_without_a_sink_are_refused(ask: Ask) -> None:
    assert ask("sinks", "nowhere", "--off").code == ExitCode.REFUSED
    assert "SINK" in ask("sinks", "--off").err


def test_the_clock_is_paused_stepped_and_paced(ask: Ask, server: Server) -> None:
    try:
        paused = ask("clock", "pause", "--json").json
        assert paused["paused"] is True
        stepped = ask("clock", "step", "10s", "--json").json
        assert stepped["simulated_s"] == pytest.approx(paused["simulated_s"] + 10.0)
        assert ", paused" in ask("clock").out
        assert ask("clock", "pace", "2.5", "--json").json["pace"] == 2.5
        assert ask("clock", "pace", "1").code == 0
    finally:
        assert ask("clock", "resume", "--json").json["paused"] is False
    assert server.ask("/v1/clock").json["paused"] is False
    refused = ask("clock", "step", "1s")
    assert refused.code == ExitCode.REFUSED
    assert "pause it first" in refused.err


def test_one_device_carries_out_a_command_and_may_refuse(ask: Ask) -> None:
    assert ask("commands", "pause", "cpu-0002") == Said(0, "pause: done\n", "")
    again = ask("commands", "pause", "cpu-0002")
    assert again.code == ExitCode.REFUSED
    assert "a device that is paused cannot pause; possible now:" in again.err
    assert ask("commands", "resume", "cpu-0002", "--json").json["device"] == "cpu-0002"
    made = ask("commands", "inject-fault", "cpu-0002", "-p", "sensor=fan", "-p", "fault=stuck", "-p", "for=1m")
    assert made.out.startswith("inject-fault: done: ")
    assert ask("commands", "clear-fault", "cpu-0002").code == 0


def test_many_devices_carry_out_a_command_and_a_dry_run_names_them(ask: Ask) -> None:
    dry = ask("commands", "set-interval", "--group", "pi", "-p", "interval=300ms", "--dry-run")
    assert dry.out == "set-interval would hit 3: pi-0001, pi-0002, pi-0003\n"
    some = ask("commands", "repair", "all", "--percent", "40", "--dry-run", "--json").json
    assert some["count"] == len(some["devices"]) <= 5
    done = ask("commands", "set-interval", "--label", "site:berlin", "-p", "interval=300ms")
    assert done.code == 0
    assert "3 of 3" in done.out
    mixed = ask("commands", "resume", "all", "--json")
    assert (mixed.code, mixed.json["refused_count"], mixed.json["state"]) == (ExitCode.REFUSED, 5, "done")
    shown = ask("operations")
    assert column(shown.out, "do")[:2] == ["resume", "set-interval"]
    assert ask("operations", mixed.json["id"], "--json").json["total"] == 5
    assert "why it refused" in ask("operations", mixed.json["id"]).out


def test_sinks_show_their_books(ask: Ask) -> None:
    table = ask("sinks")
    assert column(table.out, "sink") == ["nowhere"]
    assert " acked" in table.out
    found = ask("sinks", "nowhere", "--json").json
    assert found["frames"]["accepted"] == found["frames"]["acked"] + found["frames"]["queued"]
    assert column(ask("sinks", "nowhere", "--books").out, "device") == [
        "cpu-0001", "cpu-0002", "pi-0001", "pi-0002", "pi-0003",
    ]  # fmt: skip
    missing = ask("sinks", "none")
    assert (missing.code, "none" in missing.err) == (ExitCode.REFUSED, True)


def test_the_journal_says_what_has_happened_the_newest_last(ask: Ask) -> None:
    ask("commands", "repair", "pi-0003", "-p", "mode=dust")
    found = ask("journal", "--device", "pi-0003", "--kind", "PartRepaired", "--json").json["items"]
    assert found[0]["fields"]["mode"] == "dust"
    table = ask("journal", "--limit", "5")
    numbers = [int(number) for number in column(table.out, "number") if number]
    assert numbers == sorted(numbers)
    assert len(numbers) == 5
    kinds = {item["kind"] for item in ask("journal", "--operations", "--json").json["items"]}
    assert "RequestMade" in kinds
    assert all(item["history"] for item in ask("journal", "--history", "--json").json["items"])


def test_truth_is_told(ask: Ask) -> None:
    table = ask("truth", "--kind", "cpu")
    assert column(table.out, "device") == ["cpu-0001", "cpu-0002"]
    assert column(table.out, "most worn") == ["dust 0.40", "dust 0.40"]
    assert {item["device"] for item in ask("truth", "--json", "--find", "pi").json["items"]} == {
        "pi-0001",
        "pi-0002",
        "pi-0003",
    }


def test_another_scenario_runs_in_the_place_of_the_first(ask: Ask, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(
        FLEET.replace("asked", "other").replace("count: 3", "count: 1"), encoding="utf-8"
    )
    with Server(tmp_path, "--scenario", "fleet.yaml", "--port", "0").ready() as mine:
        monkeypatch.setenv("DATA_SIMULATOR_SERVER", mine.url)
        (run,) = ask("runs", "--json").json["items"]
        assert (run["scenario"], run["state"]) == ("asked", "running")
        started = ask("runs", "start", "other.yaml")
        assert (started.code, started.err) == (0, "")
        assert [item["scenario"] for item in ask("runs", "--json").json["items"]] == ["other", "asked"]
        assert ask("devices", "--json").json["total"] == 3
        assert column(ask("runs").out, "state")[1] == "stopped"
        newest = ask("runs", "--json").json["items"][0]["id"]
        assert ask("runs", "stop", newest, "--json").json["state"] == "done"
        for wrong in (["runs", "start", "none-such"], ["runs", "start", "missing.yaml"]):
            assert ask(*wrong).code in (ExitCode.BAD_INPUT, ExitCode.REFUSED)
        (tmp_path / "bad.yaml").write_text("version: 1\nfleet: [{kind: gpu}]\n")
        bad = ask("runs", "start", "bad.yaml")
        assert (bad.code, "fleet[0].kind" in bad.err) == (ExitCode.BAD_INPUT, True)


def test_health_is_an_exit_code(ask: Ask) -> None:
    assert ask("health").code == 0
    assert ask("health", "--live") == Said(0, "ok\n", "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["devices", "none"], ExitCode.REFUSED, "there is no device 'none'"),
        (["devices", "--sort", "colour"], ExitCode.BAD_INPUT, "query.sort: found 'colour'"),
        (["devices", "pi-0001", "--set", "room=1"], ExitCode.BAD_INPUT, "room"),
        (["devices", "pi-0001", "--set", "room"], ExitCode.BAD_INPUT, "allowed: name=value"),
        (["devices", "pi-0001", "--interval", "5"], ExitCode.BAD_INPUT, "did you mean '5s'?"),
        (["faults", "inject", "pi-0001", "temprature", "stuck"], ExitCode.BAD_INPUT, "Did you mean 'temperature'?"),
        (["faults", "inject", "pi-0001", "temperature", "drfit"], ExitCode.BAD_INPUT, "Did you mean 'drift'?"),
        (["commands", "paus", "pi-0001"], ExitCode.BAD_INPUT, "Did you mean 'pause'?"),
        (["commands", "pause"], ExitCode.BAD_INPUT, "or the word all"),
        (["commands", "pause", "--label", "site"], ExitCode.BAD_INPUT, "allowed: name:value"),
        (["clock", "pace", "fast"], ExitCode.BAD_INPUT, "allowed: a number from 0.001"),
        (["devices", "--server", "ftp://h"], ExitCode.BAD_INPUT, "http://HOST:PORT"),
        (["devices", "--server", "http://u:geheim@h"], ExitCode.BAD_INPUT, "http://HOST:PORT"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(ask: Ask, words: list[str], code: ExitCode, said: str) -> None:
    found = ask(*words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert "Traceback" not in found.err
    assert "geheim" not in found.err


def test_where_nobody_answers_it_says_how_to_start_one(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for words in (["devices"], ["health"], ["clock", "pause"], ["journal", "--follow"]):
        found = ask(*words, "--server", f"http://127.0.0.1:{port}")
        assert found.code == ExitCode.NOBODY_THERE
        assert "connection refused" in found.err
        assert "`data-simulator serve`" in found.err
        assert "DATA_SIMULATOR_SERVER" in found.err


STRANGERS: dict[str, tuple[Reply, int]] = {
    "a web page": (http(b"<html>hello</html>"), 7),
    "another page's 404": (http(b"<html>no</html>", "404 Not Found"), 7),
    "a redirect": (http(b"", "302 Found", "Location: http://evil.example/"), 7),
    "a list": (http(b"[1, 2]"), 7),
    "another document": (http(b'{"items": [{"id": 1}], "total": "x"}'), 7),
    "nothing": (raw(b""), 5),
    "rubbish": (raw(bytes(range(256))), 5),
    "half an answer": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"), 5),
    "escapes": (http(b'{"detail": "\\u001b[31mred\\u001b]0;x\\u0007"}', "409 Conflict"), 7),
}


@pytest.mark.parametrize("kind", sorted(STRANGERS))
def test_a_stranger_at_the_address_is_no_crash(ask: Ask, kind: str) -> None:
    reply, code = STRANGERS[kind]
    with stand_in(reply) as server:
        found = ask("devices", "--server", server.url)
    assert found.code == code, found
    assert "Traceback" not in found.err
    assert "\x1b" not in found.err
    assert found.err.count("\n") == 1


def test_a_server_that_hangs_is_left_after_a_while() -> None:
    with stand_in(dribble(b"HTTP/1.1 200 OK\r\n", b"", 10.0)) as server:
        door = ServerDoor(server_target(server.url), timeout_s=0.3)
        with pytest.raises(Exception, match="no answer in time"):
            door.get("/v1/devices")


def test_a_closed_server_wants_a_key_and_takes_it_from_everywhere(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    arguments = ("--scenario", "fleet.yaml", "--port", "0")
    with Server(tmp_path, *arguments, DATA_SIMULATOR_ADMIN_KEY=KEY).ready() as closed:
        monkeypatch.setenv("DATA_SIMULATOR_SERVER", closed.url)
        without = ask("devices")
        assert without.code == ExitCode.DENIED
        assert "--key, DATA_SIMULATOR_KEY or DATA_SIMULATOR_KEY_FILE" in without.err
        assert ask("devices", "--key", "wrong" * 8).code == ExitCode.DENIED
        assert ask("devices", "--key", KEY).code == 0
        file = tmp_path / "key"
        file.write_text(KEY + "\n")
        monkeypatch.setenv("DATA_SIMULATOR_KEY_FILE", str(file))
        made = ask("keys", "make", "a reader", "--role", "read")
        secret = made.out.strip()
        assert secret.startswith("dsk_")
        listed = ask("keys")
        assert "a reader" in listed.out
        assert secret not in listed.out
        few = ask("commands", "pause", "pi-0001", "--key", secret)
        assert few.code == ExitCode.DENIED
        assert "operate" in few.err
        assert secret not in few.err
        (key,) = (item["id"] for item in ask("keys", "--json").json["items"] if item["name"] == "a reader")
        assert ask("keys", "delete", key) == Said(0, "deleted\n", "")
        assert ask("devices", "--key", secret).code == ExitCode.DENIED


def test_values_are_read_as_a_scenario_would() -> None:
    assert values(["a=1", "b=1.5", "c=true", "d=x=y", "e=", "f=5s", "g='7'"]) == {
        "a": 1, "b": 1.5, "c": True, "d": "x=y", "e": "", "f": "5s", "g": "7",
    }  # fmt: skip
    for wrong in ("a", "=1", "a={", "a=!!python/object:os.system x"):
        with pytest.raises(InvalidInput):
            values([wrong])


def test_a_selector_is_what_a_scenario_says() -> None:
    assert selector(["all"], [], [], [], None, None) == "all"
    assert selector(["all"], [], [], [], 10.0, None) == {"percent": 10.0}
    assert selector(["a", "b"], ["g"], ["k"], ["x:y:z"], None, 3) == {
        "ids": ["a", "b"],
        "groups": ["g"],
        "kinds": ["k"],
        "labels": {"x": "y:z"},
        "count": 3,
    }
    assert labels([]) == {}


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, None), (0.9, "0s"), (61.2, "1m1s"), (36_061, "10h1m"), (864_000, "10d")]
)
def test_spans_are_as_exact_as_matters(seconds: float | None, shown: str | None) -> None:
    assert span(seconds) == shown


def test_a_spare_column_is_there_when_somebody_has_something_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    shape = (text_of("name"), Column("more", lambda item: item["more"], spare=True))
    show(shape, [{"name": "a", "more": None}])
    assert capsys.readouterr().out.split() == ["name", "a"]
    show(shape, [{"name": "a", "more": None}, {"name": "b", "more": "x"}])
    assert capsys.readouterr().out.split() == ["name", "more", "a", "-", "b", "x"]
