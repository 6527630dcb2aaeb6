"""Logs: one door, one line an event.

Each line carries the level, the simulated time, the address of who speaks, what happened and its values. Whatever
comes from outside can neither break a line nor paint the terminal: characters that do not print are escaped, values
are cut, secrets are struck out by the name of their key and wherever a known one shows up. What other libraries say
through `logging` or `warnings` takes the same way.

    log = logger("sinks/file")
    log.warning("cannot write", reason="No space left on device", queued=812)
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Final, Literal, TextIO
from urllib.parse import quote, quote_plus

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from schemas.instants import iso
from schemas.printable import printable

Style = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]
Log = FilteringBoundLogger
"""What `logger` makes."""

VALUE_BYTES: Final = 1024
"""A value is cut to this many bytes of UTF-8."""
STRUCK: Final = "***"
"""Stands where a secret was."""
_DEEP: Final = 4
_MANY: Final = 32
_FRAMES: Final = 6
_SECRET_KEY: Final = re.compile(
    r"passw|passphrase|secret|token|api_?key|access_?key|private_?key|credential|authori[sz]ation|cookie|(^|_)pw(d)?($|_)",
    re.IGNORECASE,
)
_HEAD: Final = ("level", "time", "address", "event")


class Cleaner:
    """Makes values safe to print. `secrets` are struck out wherever they show up, plain or as part of a URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # The longest first: one secret may be part of another.
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """A text on one line, without secrets, not too long."""
        if self._secrets is not None:
            text = self._secrets.sub(STRUCK, text)
        text = printable(text)
        return text if len(text) * 4 <= VALUE_BYTES else _cut(text)

    def value(self, key: str, value: object, depth: int = 0) -> Any:
        """A value under a key. Numbers stay numbers; what is neither number nor text nor a small collection of these
        is shown by its `repr`."""
        if _SECRET_KEY.search(key):
            return STRUCK
        if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping) and depth < _DEEP:
            items = list(value.items())[:_MANY]
            return {self.text(str(name)): self.value(str(name), each, depth + 1) for name, each in items}
        if isinstance(value, list | tuple | set | frozenset) and depth < _DEEP:
            return [self.value("", each, depth + 1) for each in list(value)[:_MANY]]
        return self.text(_shown(value))


def _forms(secret: str) -> tuple[str, ...]:
    """How a secret may show up: plain, in a URL, in the `repr` or the JSON of something that holds it."""
    return secret, quote(secret, ""), quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]


def _shown(value: object) -> str:
    try:
        return str(value) if isinstance(value, BaseException) else repr(value)
    except Exception as error:  # a log line must not fail for what it is about
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def _cut(text: str) -> str:
    data = text.encode()
    if len(data) <= VALUE_BYTES:
        return text
    mark = f"...[{len(data)} bytes]"
    return data[: VALUE_BYTES - len(mark)].decode(errors="ignore") + mark


class _Chain:
    """The only processor: from what was said to one line."""

    def __init__(self, style: Style, now_ns: Callable[[], int] | None, cleaner: Cleaner) -> None:
        self._now_ns = now_ns
        self._cleaner = cleaner
        self._render = _as_json if style == "json" else _as_text

    def __call__(self, _: object, method: str, said: EventDict) -> str:
        clean = self._cleaner
        error = said.pop("exc_info", None)
        line: dict[str, Any] = {"level": method}
        if self._now_ns is not None:
            line["time"] = iso(self._now_ns())
        line["address"] = clean.text(str(said.pop("address", "")))
        line["event"] = clean.text(str(said.pop("event", "")))
        for key, value in said.items():
            line[clean.text(key if key not in line else f"{key}_")] = clean.value(key, value)
        if error:
            line["error"] = clean.text(_error_text(error))
        return self._render(line)


def _error_text(error: Any) -> str:
    """An exception on one line: what it says, then the innermost places."""
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if not isinstance(error, BaseException):
        return ""
    places = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    trail = " < ".join(f"{place.filename.rpartition('/')[2]}:{place.lineno} {place.name}" for place in reversed(places))
    return f"{type(error).__name__}: {_shown(error)}" + (f" ({trail})" if trail else "")


def _as_json(line: Mapping[str, Any]) -> str:
    return orjson.dumps(line, default=str).decode()


def _as_text(line: Mapping[str, Any]) -> str:
    values = " ".join(f"{key}={_bare(value)}" for key, value in line.items() if key not in _HEAD)
    head = f"{line['time']} " if "time" in line else ""
    return f"{head}{line['level']:<7} {line['address']:<24} {line['event']}{'  ' if values else ''}{values}".rstrip()


def _bare(value: Any) -> str:
    if isinstance(value, str):
        return value if value and not set(value) & set(' "=') else orjson.dumps(value).decode()
    return orjson.dumps(value, default=str).decode()


class _Lines:
    """Writes whole lines, one thread at a time. What cannot be written is not worth dying for."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = Lock()

    def msg(self, line: str) -> None:
        """Write one line."""
        stream = self._stream if self._stream is not None else sys.stderr
        try:
            with self._lock:
                stream.write(line.encode(stream.encoding or "utf-8", "backslashreplace").decode() + "\n")
                stream.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = critical = fatal = warn = exception = log = msg


class _Bridge(logging.Handler):
    """Takes what other libraries log through the door."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it as our own, with the library's name for an address."""
        level = "error" if record.levelno >= logging.ERROR else record.levelname.lower()
        try:
            say = getattr(logger(record.name), level)
            say(record.getMessage(), exc_info=record.exc_info or None)
        except Exception:  # a foreign record that cannot be formatted
            logger(record.name).warning("log record that cannot be shown", text=str(record.msg))


def configure(
    style: Style = "console",
    level: Level = "info",
    stream: TextIO | None = None,
    now_ns: Callable[[], int] | None = None,
    secrets: Iterable[str] = (),
) -> None:
    """Set logging up, or anew. `now_ns` gives the simulated time; without `stream`, lines go to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_Chain(style, now_ns, Cleaner(secrets))],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Bridge)]
    root.addHandler(_Bridge())
    root.setLevel(number)
    logging.captureWarnings(True)


def logger(address: str, **values: Any) -> Log:
    """The logger of one speaker: an actor's address, or the name of a part of the program."""
    bound: Log = structlog.get_logger(address=address, **values)
    return bound
