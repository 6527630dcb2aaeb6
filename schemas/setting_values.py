"""Single settings read and checked: numbers, flags, files, pairs that belong together.

A problem shows what was found only where that cannot be a secret.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

from schemas.connections import Tls
from schemas.problems import Problem
from schemas.secrets import Secret

Values: TypeAlias = Mapping[str, str | Secret]
"""Settings by name; what is secret is a `Secret`."""

_HOST: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Findings(list[Problem]):
    """Problems as they are found."""

    def add(self, name: str, found: str, allowed: str, hint: str = "") -> None:
        """One more."""
        self.append(Problem(name, found, allowed, hint))


def plain(values: Values, name: str) -> str:
    """A setting that is no secret; empty when it is not given."""
    value = values.get(name, "")
    return value if isinstance(value, str) else ""


def number(values: Values, name: str, limits: tuple[int, int], findings: Findings) -> int | None:
    """A whole number."""
    text = plain(values, name)
    if not text:
        return None
    low, high = limits
    if text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high:
        return int(text)
    findings.add(name, repr(text[:40]), f"a whole number from {low} to {high}")
    return None


def flag(values: Values, name: str, findings: Findings) -> bool | None:
    """Yes or no."""
    text = plain(values, name)
    if text and text.lower() not in _FLAGS:
        findings.add(name, repr(text[:40]), "true or false")
    return _FLAGS.get(text.lower())


def choice(values: Values, name: str, words: Iterable[str], findings: Findings) -> str:
    """One of some words in capitals; empty when none is given."""
    text = plain(values, name).upper()
    if text and text not in words:
        findings.add(name, repr(text[:40]), ", ".join(words))
        return ""
    return text


def pair(values: Values, user: str, password: str, findings: Findings) -> tuple[Secret | None, Secret | None]:
    """A user and a password: both, or neither."""
    found = values.get(user), values.get(password)
    for name, mine, other, its in ((user, found[0], password, found[1]), (password, found[1], user, found[0])):
        if not mine and its:
            findings.add(name, "nothing", f"a value, as {other} has one")
    one, two = found
    if isinstance(one, Secret) and isinstance(two, Secret) and one and two:
        return one, two
    return None, None


def tls_files(values: Values, where: str, findings: Findings) -> Tls | None:
    """The files of an encrypted connection; `None` when none is given."""
    names = [f"DATA_SIMULATOR_{where}_{what}_FILE" for what in ("CA", "CERT", "KEY")]
    given = [plain(values, name) for name in names]
    for name, path in zip(names, given, strict=True):
        if path:
            _readable(name, Path(path), findings)
    if bool(given[1]) != bool(given[2]):
        missing, there = (names[1], names[2]) if given[2] else (names[2], names[1])
        findings.add(missing, "nothing", f"a file, as {there} names one")
    if not any(given):
        return None
    ca, cert, key = (Path(path) if path else None for path in given)
    return Tls(ca, cert, key)


def needs(values: Values, names: Iterable[str], missing: str, findings: Findings) -> None:
    """A setting without which some others mean nothing."""
    given = [name for name in names if values.get(name)]
    if given:
        findings.add(missing, "nothing", f"a value, as {given[0]} has one")


def is_host(text: str) -> bool:
    """Whether a text is a host's name or address; nothing is looked up."""
    if _HOST.fullmatch(text):
        return True
    try:
        return bool(ip_address(text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text))
    except ValueError:
        return False


def _readable(name: str, path: Path, findings: Findings) -> None:
    try:
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        findings.add(name, getattr(error, "strerror", None) or "no path", "a file that can be read")
