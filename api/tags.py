"""Tags of what is shown (ETag), and the requests that depend on them."""

from hashlib import sha256
from typing import Final

import falcon

from api.problems import ApiProblem

_LENGTH: Final = 20


def tag_of(data: bytes, settings: str = "") -> str:
    """The tag of an answer. With `settings` two parts: what can be set stands before the dot, all of it behind."""
    whole = sha256(data).hexdigest()[:_LENGTH]
    return f'"{settings}.{whole}"' if settings else f'"{whole}"'


def is_known(req: falcon.Request, tag: str) -> bool:
    """Whether who asks has it already, by If-None-Match."""
    return _among(req.get_header("If-None-Match"), tag)


def check_match(req: falcon.Request, settings: str) -> None:
    """Raise `ApiProblem` (412) when If-Match names other settings than the present ones."""
    header = req.get_header("If-Match")
    if header is None or header.strip() == "*":
        return
    given = [each.strip().strip('"').partition(".")[0] for each in header.split(",")]
    if settings not in given:
        raise ApiProblem("precondition-failed", "the settings have changed since; read them again")


def _among(header: str | None, tag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in header.split(",")]
