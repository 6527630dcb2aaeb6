"""Which addresses of a monitor are taken: one plain form, so that a text leads where it seems to."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

ALLOWED: Final = "http://HOST:PORT or https://HOST:PORT, with /data.json or another plain path behind it"

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]{2,39}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[A-Za-z0-9_.~-]*)*)",
    re.ASCII,
)


class Target(NamedTuple):
    """Where a monitor is."""

    scheme: str
    host: str
    """A name or an address, without brackets."""
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_target(url: str) -> Target:
    """The target of a URL. `ValueError` for every other form: users, queries, numbers that stand for addresses..."""
    found = _URL.fullmatch(url) if len(url) <= 400 else None
    if found is None:
        raise ValueError(f"allowed: {ALLOWED}")
    host = found["host"].strip("[]")
    port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
    if not 1 <= port <= 65535 or not _is_host(host, bracketed="[" in found["host"]) or ".." in found["path"]:
        raise ValueError(f"allowed: {ALLOWED}")
    path = found["path"]
    return Target(found["scheme"], host, port, path if path.strip("/") else "/data.json")


def _is_host(host: str, *, bracketed: bool) -> bool:
    """A name, or an address in its one usual form: `2130706433`, `0x7f.1` and `127.1` are none."""
    try:
        if bracketed:
            return bool(IPv6Address(host))
        if host.replace(".", "").isdigit() or re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)", host.rpartition(".")[2]):
            return str(IPv4Address(host)) == host
    except AddressValueError:
        return False
    return ".." not in host and all(len(part) <= 63 and part.strip("-") == part for part in host.split("."))
