"""Where a request comes from: this machine or another, one of our own pages or a foreign one.

An open server trusts whoever sits at the machine - but every web page that is open in a browser there can make
requests too. So the name by which it was called must be this machine's own (a foreign name that was made to point here
is DNS rebinding), and what changes something must not come from a foreign page.
"""

import re
from collections.abc import Container
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import falcon

from api.problems import ApiProblem

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


def check_host(req: falcon.Request, names: Container[str]) -> None:
    """Refuse a Host that is none of ours. Raises `ApiProblem`."""
    found = _HOST.fullmatch(req.get_header("Host") or "")
    if found is None or found[1].lower() not in names:
        raise ApiProblem("forbidden", "Host: found a name that is not this server's; call it as localhost or 127.0.0.1")


def is_loopback(address: str) -> bool:
    """Whether a peer's address is this machine's own; an empty one is a Unix socket's."""
    if not address:
        return True
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def check_page(req: falcon.Request, *, certain: bool) -> None:
    """Refuse what a foreign page has sent. With `certain` one of the two headers must say that it is our own.

    Every browser sends `Origin` with a request that changes something, and newer ones `Sec-Fetch-Site` with all.
    """
    site, origin = req.get_header("Sec-Fetch-Site"), req.get_header("Origin")
    if site is not None and site.lower() not in ("same-origin", "none"):
        raise ApiProblem("forbidden", "the request comes from a page of another origin")
    if origin is not None and not _is_ours(origin, req):
        raise ApiProblem("forbidden", "the request comes from a page of another origin")
    if certain and site is None and origin is None:
        raise ApiProblem("forbidden", "a session changes things only from our own pages; programs send a key instead")


def _is_ours(origin: str, req: falcon.Request) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == (req.get_header("Host") or "").lower() != ""
    except ValueError:
        return False
