"""The file of rejected records: what a sink could not carry, with the reason, for people."""

from collections.abc import Sequence

import orjson

from actors.sinks._line_file import LineFile
from actors.sinks.base import Record, Rejected


def keep_rejected(path: str, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
    """Append them. A file that cannot be written keeps nobody back: they are counted, and the last kept in memory."""
    try:
        file = LineFile(path, "none", "append")
        try:
            file.append(b"".join(map(_line, rejected, records)))
        finally:
            file.close()
    except OSError:
        pass


def _line(rejected: Rejected, record: Record) -> bytes:
    """A record that has no bytes in its format has some as text, in ASCII whatever is in it."""
    texts = {key: ascii(value)[1:-1] for key, value in rejected._asdict().items() if isinstance(value, str)}
    numbers = {"sequence": repr(record.sequence), "time_ns": repr(record.time_ns)}
    return orjson.dumps({**texts, **numbers, "record": ascii(record)[:4096]}, option=orjson.OPT_APPEND_NEWLINE)
