"""A hardware monitor that is stopped, slow or hostile: always a reason within the time-outs, never anything else."""

import gzip
import json
import socket
import tracemalloc
from time import monotonic
from typing import Any

import pytest

from actors.sources.base import SilentError
from actors.sources.monitor import MOST_BYTES, Monitor
from engine.hardware.emulation import Machine, tree_of, widened
from engine.hardware.seen import Seen
from schemas.target import Target, read_target
from tests.actors.sources.monitor_stand_in import Reply, dribble, http, raw, silence, stand_in

SEEN = Seen(56.0, 45.5, 34.0, 1.125, 1008.0, 3.5)
GOOD = json.dumps(tree_of([Machine("cpu-1", "intel", widened({}, SEEN))], "cpu-1", "0.9.7")).encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TIMEOUT_S, ANSWER_S = 0.5, 1.0
PATIENCE_S = 20.0
"""The machine may be busy; a hang would be without end."""


def door(url: str, **more: Any) -> Monitor:
    return Monitor(read_target(url), timeout_s=TIMEOUT_S, answer_s=ANSWER_S, **more)


def test_a_monitor_that_is_well_is_read() -> None:
    with stand_in(http(GOOD)) as server:
        assert door(server.url).look() == SEEN
        assert server.requests[0].startswith(b"GET /data.json HTTP/1.1\r\n")
        assert b"gzip" not in server.requests[0]


def test_a_chunked_answer_is_read() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (GOOD[:100], GOOD[100:])) + b"0\r\n\r\n"
    with stand_in(raw(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)) as server:
        assert door(server.url).look() == SEEN


HOSTILE: dict[str, tuple[Reply, str]] = {
    "says nothing": (silence, "no answer within"),
    "hangs up": (raw(b""), "the connection broke off"),
    "sends rubbish": (raw(bytes(range(256)) * 40), "no HTTP|broke off"),
    "dribbles its head": (dribble(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.1), "no whole answer within"),
    "dribbles one line": (dribble(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.1), "no whole answer within"),
    "dribbles its body": (dribble(OK + b"Content-Length: 9999\r\n\r\n", b"{", 0.1), "no whole answer within"),
    "dribbles without an end": (dribble(OK + b"\r\n", b" ", 0.1), "no whole answer within"),
    "stops in the middle": (raw(OK + b"Content-Length: 99999\r\n\r\n" + GOOD[:500]), "the connection broke off"),
    "breaks a chunk off": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n{"), "the connection broke off"),
    "sends wrong chunks": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"), "broke off|no HTTP"),
    "sends too much": (raw(OK + b"\r\n" + b" " * (MOST_BYTES + 1)), "more than"),
    "claims too much": (raw(OK + b"Content-Length: 99999999999999\r\n\r\n{}"), "broke off|more than"),
    "has endless headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000), "no HTTP|broke off"),
    "has a header without an end": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), "no HTTP|broke off"),
    "sends a web page": (http(b"<html><body>It works!</body></html>"), "no JSON"),
    "sends half of it": (http(GOOD[: len(GOOD) // 2]), "no JSON"),
    "nests without an end": (http(b'{"Children":[' * 100_000), "deep|no JSON"),
    "sends a list": (http(b"[]"), "no tree"),
    "has wrong types": (http(b'{"Children": [{"Text": 1, "Value": {}, "Children": "x"}]}'), "none of the six"),
    "knows nothing": (http(b'{"Children": []}'), "none of the six"),
    "knows dashes only": (http(GOOD.replace(b'"RawValue": ', b'"RawValue": "NaN", "x": ')), ""),
    "packs it nonetheless": (http(gzip.compress(GOOD), "200 OK", "Content-Encoding: gzip"), "no JSON"),
    "has a bomb": (http(gzip.compress(bytes(50_000_000)), "200 OK", "Content-Encoding: gzip"), "no JSON"),
    "wants a password": (http(b"", "401 Unauthorized"), "answers 401.*DATA_SIMULATOR_MONITOR_PASSWORD"),
    "is broken": (http(b"stack trace", "500 Internal Server Error"), "answers 500"),
    "has nothing": (http(b"", "204 No Content"), "answers 204"),
    "knows no such page": (http(b"", "404 Not Found"), "answers 404"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(set(HOSTILE) - {"knows dashes only"}))
def test_a_hostile_monitor_is_a_reason(kind: str) -> None:
    reply, why = HOSTILE[kind]
    with stand_in(reply) as server:
        began = monotonic()
        with pytest.raises(SilentError, match=why) as caught:
            door(server.url).look()
        assert monotonic() - began < PATIENCE_S
        assert str(server.port) in str(caught.value)
        assert "stack trace" not in str(caught.value)
        assert "It works" not in str(caught.value)


def test_a_monitor_with_dashes_and_nan_for_numbers_is_read_for_what_it_shows() -> None:
    with stand_in(HOSTILE["knows dashes only"][0]) as server:
        seen = door(server.url).look()
    assert seen.temperature_c == pytest.approx(56.0)


def test_a_bomb_costs_no_memory() -> None:
    with stand_in(HOSTILE["sends too much"][0]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(SilentError):
                door(server.url).look()
            assert tracemalloc.get_traced_memory()[1] < 6 * MOST_BYTES
        finally:
            tracemalloc.stop()


def test_a_redirect_is_not_followed() -> None:
    with stand_in(http(GOOD)) as canary:
        for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            with (
                stand_in(http(b"", status, f"Location: {canary.url}/data.json")) as server,
                pytest.raises(SilentError, match="a redirect, which is not followed"),
            ):
                door(server.url).look()
        assert not canary.requests


def test_nobody_there_is_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SilentError, match="connection refused"):
        door(f"http://127.0.0.1:{port}").look()
    with pytest.raises(SilentError, match="no such host"):
        door("http://nobody.invalid:8085").look()


def test_a_password_is_sent_when_there_is_one() -> None:
    with stand_in(http(GOOD)) as server:
        door(server.url, login=("anna", "geheim")).look()
        door(server.url).look()
    assert b"Authorization: Basic YW5uYTpnZWhlaW0=\r\n" in server.requests[0]
    assert b"Authorization" not in server.requests[1]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://10.0.0.7:8085", "http://10.0.0.7:8085/data.json"),
        ("http://desk.lan:8085/", "http://desk.lan:8085/data.json"),
        ("https://desk.lan", "https://desk.lan:443/data.json"),
        ("http://[::1]:8085/data.json", "http://[::1]:8085/data.json"),
        ("http://127.0.0.1:8080/devices/cpu-0001/data.json", "http://127.0.0.1:8080/devices/cpu-0001/data.json"),
    ],
)
def test_plain_addresses_are_taken(url: str, shown: str) -> None:
    assert str(read_target(url)) == shown


@pytest.mark.parametrize(
    "url",
    [
        "", "data.json", "file:///etc/passwd", "gopher://h/", "ftp://h/", "javascript:alert(1)", "//h/data.json",
        "http://", "http://:80", "http:///data.json", "http://user@h/", "http://user:pw@h/", "http://a@b@c/",
        "http://h/?q=1", "http://h/#x", "http://h:0/", "http://h:65536/", "http://h:-1/", "http://h:80:80/",
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/",
        "http://1.2.3.4.5/", "http://1.2.3.256/", "http://0x7f.0.0.1/", "http://h.0x7f/", "http://[::1/",
        "http://::1/", "http://[127.0.0.1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
        "http://h\r\nX: y/", "http://h /", "http://h\t/", "http://h\\@evil/", "http://h/..", "http://h/../x",
        "http://\u2460.com/", "http://h\u3002com/", "http://ev\u0131l/", "http://-h/", "http://h-/", "http://h..com/",
        "http://.h/", "http://h./", "HTTP://h/", "http://H/", "http://h/%2e%2e/", "http://h/a b", "http://h/\0",
        "http://" + "a" * 300 + "/", "http://" + "a" * 64 + ".com/", "http://h/" + "x" * 500,
    ],
)  # fmt: skip
def test_every_other_form_of_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="allowed: http"):
        read_target(url)


def test_a_guide_says_where_to_connect_and_the_name_stays_that_of_the_host() -> None:
    with stand_in(http(GOOD)) as server:
        port = read_target(server.url).port
        asked = []

        def guide(target: Target) -> str:
            asked.append(str(target))
            return "127.0.0.1"

        assert door(f"http://listed.example:{port}", guide=guide).look() == SEEN
        assert asked == [f"http://listed.example:{port}/data.json"]
        assert f"Host: listed.example:{port}\r\n".encode() in server.requests[0]


def test_where_a_guide_lets_nobody_go_nobody_connects() -> None:
    def guide(target: Target) -> str:
        raise ConnectionError

    with stand_in(http(GOOD)) as server:
        with pytest.raises(SilentError, match="does not connect there"):
            door(server.url, guide=guide).look()
        assert server.requests == []
