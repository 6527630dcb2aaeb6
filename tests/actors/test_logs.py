"""Logs: one line an event, whatever is said; no secrets; one door."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from actors.logs import STRUCK, VALUE_BYTES, Cleaner, Style, configure, logger

NOW_NS = 1_767_225_605_123_456_789
BREAKERS = (
    "\r",
    "\n",
    "\r\n",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "\x00",
    "\u202e",
)


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def _said(style: Style, **more: object) -> io.StringIO:
    stream = io.StringIO()
    configure(style, "info", stream, lambda: NOW_NS, **more)  # type: ignore[arg-type]
    return stream


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_thousand_hostile_inputs_are_a_thousand_lines(style: Style) -> None:
    stream = _said(style)
    for number in range(1000):
        bad = f"a{BREAKERS[number % len(BREAKERS)]}b{number}"
        logger(f"fleet/{bad}").warning(bad, value=bad, nested={bad: [bad]}, error_=ValueError(bad), **{bad: 1})
    text = stream.getvalue()
    assert len(text.splitlines()) == text.count("\n") == 1000
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_line_has_simulated_time_and_address() -> None:
    stream = _said("json")
    logger("fleet/pi-0042").info("booted", boot_s=3, ratio=0.5, ok=True, nothing=None)
    assert _lines(stream) == [
        {
            "level": "info",
            "time": "2026-01-01T00:00:05.123456789Z",
            "address": "fleet/pi-0042",
            "event": "booted",
            "boot_s": 3,
            "ratio": 0.5,
            "ok": True,
            "nothing": None,
        }
    ]


def test_the_console_line_reads_well() -> None:
    stream = _said("console")
    logger("sinks/file").warning("cannot write", reason="No space", queued=812, path="out.jsonl")
    assert stream.getvalue() == (
        "2026-01-01T00:00:05.123456789Z warning sinks/file               cannot write  "
        'reason="No space" queued=812 path=out.jsonl\n'
    )


def test_without_a_clock_there_is_no_time() -> None:
    stream = io.StringIO()
    configure("json", stream=stream)
    logger("cli").info("hello")
    assert "time" not in _lines(stream)[0]


@given(st.text(), st.integers(0, 3000))
def test_a_value_is_cut_to_a_kibibyte(text: str, times: int) -> None:
    clean = Cleaner().text(text * times)
    assert len(clean.encode(errors="surrogatepass")) <= VALUE_BYTES
    assert clean.isprintable()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "MQTT_PASSWORD",
        "passwd",
        "apiKey",
        "api_key",
        "KAFKA_CLUSTER_SECRET",
        "token",
        "Authorization",
        "pw",
    ],
)
def test_a_secret_is_struck_out_by_its_key(key: str) -> None:
    stream = _said("json")
    logger("sinks/mqtt").info("connecting", **{key: "tell-nobody"}, deep={"more": [{key: "tell-nobody"}]})
    assert "tell-nobody" not in stream.getvalue()
    assert stream.getvalue().count(STRUCK) == 2


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize("secret", ["s3cr/t &key+", 'quo"te\\d', "new\nline", "plain-secret"])
def test_a_known_secret_shows_up_nowhere(style: Style, secret: str) -> None:
    stream = _said(style, secrets=[secret, ""])
    try:
        raise ConnectionError(f"cannot reach mqtt://user:{secret}@host")
    except ConnectionError as error:
        log = logger(f"sinks/{secret}")
        log.exception(f"said {secret}", url=f"x{secret}x", pair=(secret, {secret: secret}), error_=error)
        log.info("repr", what={"k": [error]}, bare=object, **{secret: 1})
    from urllib.parse import quote, quote_plus

    for form in (secret, quote(secret, ""), quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]):
        logger("x").info("form", form=form)
        assert form not in stream.getvalue()
    assert STRUCK in stream.getvalue()


def test_a_secret_is_struck_out_before_the_value_is_cut() -> None:
    stream = _said("json", secrets=["tell-nobody"])
    logger("x").info("long", value="." * (VALUE_BYTES - 20) + "tell-nobody")
    assert "tell" not in stream.getvalue()


def test_an_error_is_one_line_with_its_place() -> None:
    stream = _said("json")
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logger("fleet/pi-1").exception("crashed")
    line = _lines(stream)[0]
    assert str(line["error"]).startswith("ValueError: first\\nsecond (test_logs.py:")
    assert "test_an_error_is_one_line_with_its_place" in str(line["error"])


def test_what_others_log_and_warn_takes_the_same_door() -> None:
    # pytest's own handlers would stumble over the record that cannot be formatted
    logging.getLogger().handlers.clear()
    stream = _said("json", secrets=["tell-nobody"])
    logging.getLogger("pykka").warning("dead %s", "letter\ntell-nobody")
    logging.getLogger("pykka").debug("not shown")
    logging.getLogger("pykka").critical("bad", exc_info=ValueError("why"))
    logging.getLogger("pykka").error("%d", "no number")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old habit", UserWarning, stacklevel=1)
    first, second, third, fourth = _lines(stream)
    assert (first["address"], first["event"]) == ("pykka", f"dead letter\\n{STRUCK}")
    assert (second["level"], second["error"]) == ("error", "ValueError: why")
    assert third["event"] == "log record that cannot be shown"
    assert "old habit" in str(fourth["event"])


def test_less_than_the_level_is_not_said() -> None:
    stream = _said("json")
    logger("x").debug("quiet")
    assert stream.getvalue() == ""
    configure("json", "debug", stream)
    logger("x").debug("loud")
    assert _lines(stream)[0]["event"] == "loud"


def test_a_logger_made_before_is_set_up_too() -> None:
    early = logger("early")
    stream = _said("json")
    early.info("now")
    assert _lines(stream)[0]["address"] == "early"


def test_a_closed_stream_and_an_object_that_cannot_be_shown_harm_nobody() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    stream = _said("json")
    logger("x").info("shy", value=Shy())
    assert _lines(stream)[0]["value"] == "<Shy that cannot be shown: RuntimeError>"
    stream.close()
    logger("x").info("nobody hears it")


def test_a_key_of_the_head_cannot_be_taken() -> None:
    stream = _said("json")
    logger("x").info("said", level="fake", time="fake")
    line = _lines(stream)[0]
    assert (line["level"], line["level_"], line["time_"]) == ("info", "fake", "fake")
