"""The life of a served process: how it begins, how it is asked to end, and what it says with its exit code."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.api.serving.server_process import PROGRAM, Server

pytestmark = pytest.mark.timeout(180)
ROOT = Path(__file__).parents[3]
QUIET = ("--set", "sinks=[{kind: 'null'}]", "--kernels", "interpreted")
MINIMAL = ("--scenario", "minimal", "--port", "0", *QUIET)


def test_terminations_end_in_order_once(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL) as server:
        server.ready()
        began = time.monotonic()
        for _ in range(3):
            server.signal(signal.SIGTERM)
            time.sleep(0.1)
        assert server.end() == 0, server.said
        assert time.monotonic() - began < 40, "20 s, and as much again for a machine that has other things to do"
        assert server.said.count("Stopping in order") == 1
        assert not server.workers()


def test_open_streams_do_not_hold_the_end_up(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL) as server:
        host, port = server.ready().url.removeprefix("http://").split(":")
        socks = [socket.create_connection((host, int(port)), timeout=20) for _ in range(12)]
        for sock in socks:
            sock.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in sock.recv(4096)
        assert server.ask("/livez").status == 200
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.end() == 0
        took = time.monotonic() - began
        for sock in socks:
            sock.close()
        assert took < 15, f"{took:.1f} s"


def test_gunicorn_with_the_settings_file_is_the_same_server(tmp_path: Path) -> None:
    command = (sys.executable, "-P", "-m", "gunicorn", "-c", str(ROOT / "api" / "server.py"), "api.wsgi:app")
    told = {"DATA_SIMULATOR_SCENARIO": "minimal", "DATA_SIMULATOR_PORT": str(free_port())}
    told |= {"DATA_SIMULATOR_STATE_DIR": str(tmp_path / "states"), "DATA_SIMULATOR_KERNELS": "interpreted"}
    with Server(tmp_path, command=command, **told) as server:
        server.ready()
        assert server.ask("/v1/runs").json["items"][0]["scenario"] == "scenario"
        assert (tmp_path / "states" / "server" / "state.db").exists()
        server.signal(signal.SIGTERM)
        assert server.end() == 0


@pytest.mark.parametrize("more", [("-w", "2"), ("--preload",), ("--max-requests", "9")])
def test_gunicorn_with_what_would_break_a_promise_is_refused(tmp_path: Path, more: tuple[str, ...]) -> None:
    command = (sys.executable, "-P", "-m", "gunicorn", "-c", str(ROOT / "api" / "server.py"), *more, "api.wsgi:app")
    told = {"DATA_SIMULATOR_PORT": "0", "DATA_SIMULATOR_STATE_DIR": str(tmp_path / "states")}
    with Server(tmp_path, command=command, **told) as server:
        assert server.end() == 2
        assert "not with this server" in server.said


def test_a_second_interrupt_forces_the_end(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL) as server:
        (worker,) = server.ready().until(server.workers)
        os.kill(worker, signal.SIGSTOP)  # it cannot end in order now
        server.signal(signal.SIGINT)
        time.sleep(0.5)
        server.signal(signal.SIGINT)
        assert server.end() == 130


def test_a_thread_that_does_not_end_is_abandoned_and_told_by_the_exit_code(tmp_path: Path) -> None:
    """Nobody reads what the console shows, so its writer never comes back."""
    sinks = ("--set", "sinks=[{kind: console}]", "--set", "fleet[0].count=300", "--kernels", "interpreted")
    command = [*PROGRAM, "serve", "--scenario", "minimal", "--port", "0", "--state", "st", "--pace", "50", *sinks]
    with (
        (tmp_path / "err").open("w") as err,
        subprocess.Popen(
            command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(3)  # until the pipe is full
        began = time.monotonic()
        process.terminate()
        assert process.wait(60) == 70, (tmp_path / "err").read_text()
        assert time.monotonic() - began < 45
        assert "1 actor abandoned" in (tmp_path / "err").read_text()


def test_run_without_a_duration_shows_readings_and_the_dashboard_and_leaves_nothing(tmp_path: Path) -> None:
    command = (*PROGRAM, "run", "minimal", "--kernels", "interpreted", "--summary", "run.json")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with Server(tmp_path, command=command, TMPDIR=str(temporary)) as server:
        server.until(lambda: server.out)
        assert re.search(r"^Dashboard: http://127\.0\.0\.1:\d+/$", server.said, re.M)
        assert "seq=0" in server.out[0]
        assert server.ready().ask("/v1/runs", "POST", {"name": "default"}).status == 409
        server.signal(signal.SIGINT)
        assert server.end() == 0
    assert (tmp_path / "run.json").exists()
    assert not list(temporary.iterdir())
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--scenario", "nowhere.yaml"), 2, "nowhere.yaml"),
        (("--host", "example.org"), 2, "--host"),
        (("--host", "0.0.0.0"), 3, "there is no API key"),
        (("--downtime", "never"), 2, "--downtime"),
    ],
)
def test_what_is_wrong_is_found_before_anything_listens(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    with Server(tmp_path, *MINIMAL, *arguments) as server:
        assert server.end() == code, server.said
        assert said in server.said
        assert "Dashboard" not in server.said


def test_beyond_this_machine_only_with_a_key_which_is_shown_once(tmp_path: Path) -> None:
    there = ("--host", "0.0.0.0", "--state", "st")
    with Server(tmp_path, *MINIMAL, *there, DATA_SIMULATOR_MAKE_KEY="true") as server:
        shown = server.until(lambda: re.search(r"shown this once: (\S+)", server.said))[1]
        server.until(lambda: server.ask("/readyz").status == 200)
        assert server.ask("/v1/me").status == 401
        assert server.ask("/v1/me", key=shown).json["role"] == "admin"
        server.signal(signal.SIGTERM)
        assert server.end() == 0
    with Server(tmp_path, *MINIMAL, *there) as server:
        server.until(lambda: server.ask("/readyz").status == 200)
        assert "shown this once" not in server.said
        assert server.ask("/v1/me", key=shown).status == 200
        assert server.ask("/readyz?verbose").status == 200
        os.kill(server.until(server.workers)[0], signal.SIGKILL)
        failed = server.until(lambda: said_by_probe(server))
        assert "reason withheld" in failed, "a stranger learns that, and not why"
        assert b"dsk_" not in (tmp_path / "st" / "state.db").read_bytes()


def test_a_key_of_the_settings_lets_in_and_is_not_kept(tmp_path: Path) -> None:
    key = "k" * 40
    (tmp_path / "key").write_text(f"{key}\n")
    file = str(tmp_path / "key")
    with Server(tmp_path, *MINIMAL, "--state", "st", DATA_SIMULATOR_ADMIN_KEY_FILE=file) as server:
        server.ready()
        assert server.ask("/v1/me").status == 401
        assert server.ask("/v1/me", key=key).json["role"] == "admin"
        assert server.ask("/v1/keys/key-settings", "DELETE", key=key).status == 409


def test_two_servers_never_have_one_state(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL, "--state", "st") as first:
        first.ready()
        with Server(tmp_path, *MINIMAL, "--state", "st") as second:
            assert second.end() == 3
            assert "another process" in second.said
        assert first.ask("/readyz").status == 200


def test_a_worker_whose_master_is_killed_ends_by_itself_and_leaves_the_state(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL, "--state", "st") as server:
        (worker,) = server.ready().until(server.workers)
        server.process.kill()
        deadline = time.monotonic() + 60
        while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(f"/proc/{worker}").exists()
    with Server(tmp_path, *MINIMAL, "--state", "st") as server:
        assert len(server.ready().ask("/v1/runs").json["items"]) == 1
        server.signal(signal.SIGTERM)
        assert server.end() == 0


def test_at_a_terminal_there_is_a_table_and_one_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    command = [*PROGRAM, "run", "minimal", "--kernels", "interpreted"]
    terminal, program_side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "30"}
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdin=program_side,
        stdout=program_side,
        stderr=program_side,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(program_side)
        try:
            seen = _read_until(terminal, b"raspberry-pi-0001")
            assert b"Dashboard: http://127.0.0.1:" in seen
            os.write(terminal, b"\x03")
            seen = _read_until(terminal, b"digest")
            assert process.wait(60) == 0
            assert seen.count(b"Stopping in order") == 1
        finally:
            process.kill()
            os.close(terminal)


def _read_until(terminal: int, what: bytes) -> bytes:
    seen = b""
    deadline = time.monotonic() + 60
    while what not in seen and time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if ready:
            seen += os.read(terminal, 65_536)
    assert what in seen, seen
    return seen


def test_a_reload_brings_a_new_worker_which_takes_the_fleet_over(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL, "--state", "st") as server:
        (before,) = server.ready().until(server.workers)
        frames = server.ask("/v1/clock").json["frames"]
        server.signal(signal.SIGHUP)
        server.until(lambda: server.workers() and before not in server.workers())
        server.ready()
        assert server.ask("/v1/clock").json["frames"] >= frames
        assert len(server.ask("/v1/runs").json["items"]) == 1, "it is the same run"
        server.signal(signal.SIGTERM)
        assert server.end() == 0


def test_workers_that_keep_dying_end_the_server(tmp_path: Path) -> None:
    with Server(tmp_path, *MINIMAL, "--state", "st") as server:
        seen: set[int] = set()
        while server.process.poll() is None:
            for worker in server.workers():
                if worker not in seen:
                    seen.add(worker)
                    os.kill(worker, signal.SIGKILL)
            time.sleep(0.05)
        assert server.end() == 4
        assert 5 <= len(seen) <= 6


def test_another_scenario_takes_the_place_of_the_present_one_and_stays(tmp_path: Path) -> None:
    other = "version: 1\nname: other\nfleet: [{kind: cpu, count: 3}]\nsinks: [{kind: 'null'}]\n"
    with Server(tmp_path, *MINIMAL, "--state", "st") as server:
        server.ready()
        started = server.ask("/v1/runs", "POST", {"text": other})
        assert started.status == 202, started.body
        operation = f"/v1/operations/{started.json['id']}"
        server.until(lambda: server.ask(operation).json["state"] != "running")
        assert server.ask(operation).json["problem"] == ""
        assert server.ask("/v1/devices").json["total"] == 3
        runs = server.ask("/v1/runs").json["items"]
        assert [(run["id"], run["scenario"], run["state"]) for run in runs] == [
            ("run-2", "other", "running"),
            ("run-1", "scenario", "stopped"),
        ]
        (worker,) = server.workers()
        os.kill(worker, signal.SIGKILL)
        server.until(lambda: worker not in server.workers() and server.workers())
        server.ready()
        assert server.ask("/v1/devices").json["total"] == 3, "it goes on, not the one of the command line"
        bad = other.replace("'null'}", "mqtt, options: {host: 10.0.0.1}}")
        refused = server.ask("/v1/runs", "POST", {"text": bad})
        assert refused.status == 422
        assert refused.json["errors"][0]["path"] == "sinks[0].options.host"
        stopped = server.ask("/v1/runs/run-2", "DELETE")
        assert stopped.status == 202, stopped.body
        server.until(lambda: server.ask("/v1/runs/run-2").json["state"] == "stopped")
        assert server.ask("/readyz").status == 200, "the server goes on without a run"
        server.signal(signal.SIGTERM)
        assert server.end() == 0


def said_by_probe(server: Server) -> str:
    """What a probe says while it fails, if it does."""
    try:
        answer = server.ask("/readyz", timeout=5)
    except OSError:
        return ""
    return answer.body.decode() if answer.status == 503 else ""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
