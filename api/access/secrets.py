"""Secrets that people and browsers carry: made of 256 random bits, kept as SHA-256, compared in constant time.

The random streams of the simulation have no part in this: they are made to be repeated.
"""

import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from hmac import compare_digest
from typing import Final, TypeVar

T = TypeVar("T")
_BYTES: Final = 32
PREFIX: Final = "dsk_"
"""Keys can be told from other secrets at a glance, also by scanners of repositories."""


def make_secret(prefix: str = "") -> str:
    """A text of 256 random bits."""
    return prefix + urlsafe_b64encode(os.urandom(_BYTES)).decode().rstrip("=")


def make_id(prefix: str) -> str:
    """A short name that nobody else has; no secret."""
    return f"{prefix}{os.urandom(6).hex()}"


def digest(secret: str) -> bytes:
    """What is kept of a secret. Of one with 256 random bits nothing can be guessed from it, so it needs no salt."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def find(secret: str, among: Iterable[T], digest_of: Callable[[T], bytes]) -> T | None:
    """The one whose secret this is. All are compared, each in constant time, so time tells nothing."""
    wanted = digest(secret)
    found: T | None = None
    for candidate in among:
        if compare_digest(digest_of(candidate), wanted):
            found = candidate
    return found
