"""`.env` files and mounted secrets: names and values out of text."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from schemas.problems import Problem

LARGEST: Final = 65_536
"""Bytes of a file that is read for settings."""

_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.ASCII)
_QUOTED: Final = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?""")
_ESCAPES: Final[Mapping[str, str]] = {"n": "\n", "t": "\t", "r": "\r"}


def read_env_file(path: Path, problems: list[Problem]) -> dict[str, str]:
    """Names and values of a `.env` file; what cannot be read becomes a problem that shows none of the content."""
    text = read_text(path, str(path), problems)
    values: dict[str, str] = {}
    for number, line in enumerate((text or "").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        value = _value(found[2]) if found else None
        if found is None or value is None:
            allowed = "NAME=value, with quotes that are closed"
            problems.append(Problem(str(path), "a line that is no setting", allowed, line=number))
        else:
            values[found[1]] = value
    return values


def read_text(path: Path, name: str, problems: list[Problem]) -> str | None:
    """The text of a small file; the problem calls it `name`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or "no path"
        problems.append(Problem(name, found, "a file that can be read"))
        return None
    if len(content) > LARGEST:
        problems.append(Problem(name, f"more than {LARGEST} bytes", f"at most {LARGEST} bytes"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(name, "bytes that are no text", "UTF-8 text"))
        return None


def _value(text: str) -> str | None:
    """The value behind `=`: quoted or plain; `None` when a quote stays open."""
    if text[:1] not in ("'", '"'):
        return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].rstrip()
    found = _QUOTED.fullmatch(text)
    if found is None:
        return None
    return found[1] if found[1] is not None else "".join(_unescaped(found[2]))


def _unescaped(text: str) -> Iterator[str]:
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            yield _ESCAPES.get(escaped, escaped)
        else:
            yield character
