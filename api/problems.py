"""Errors as the API tells them: RFC 9457 problem documents, with the exact path of what was wrong.

Every kind has a URI of its own, which leads to its description. Nothing of the program's inside ever stands in one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.problems import InvalidInput, Problem

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "/v1/problems/"
"""Where the descriptions of the kinds are."""


class Kind(NamedTuple):
    """One kind of problem."""

    status: int
    title: str
    meaning: str


KINDS: Final[Mapping[str, Kind]] = {
    "bad-request": Kind(400, "Bad request", "A header or the form of the request is not as HTTP has it."),
    "malformed-json": Kind(400, "Not JSON", "The body is not JSON by RFC 8259, or of a kind that readers differ in."),
    "unauthenticated": Kind(401, "Who are you?", "This needs an API key or a session; none was sent that is known."),
    "forbidden": Kind(403, "Not allowed", "The role does not include this, or the request came from a foreign page."),
    "not-found": Kind(404, "Not found", "There is nothing at this address."),
    "method-not-allowed": Kind(405, "Method not allowed", "Allow names the methods that this address knows."),
    "refused": Kind(409, "Refused", "The request is well-formed, but cannot be done as things stand."),
    "length-required": Kind(411, "Length required", "A body comes with Content-Length; chunked ones are not taken."),
    "precondition-failed": Kind(412, "Changed meanwhile", "The If-Match tag is not that of the present settings."),
    "too-large": Kind(413, "Too large", "The body, or what it asks for, is beyond the limit."),
    "uri-too-long": Kind(414, "Address too long", "The request line has at most 4,094 bytes."),
    "unsupported-media-type": Kind(415, "Not JSON", "A body is application/json in UTF-8."),
    "invalid": Kind(422, "Not valid", "Something is not among what is allowed; errors say what, and where."),
    "too-many": Kind(429, "Too many", "A limit on requests, operations or streams is reached; see Retry-After."),
    "head-too-large": Kind(431, "Head too large", "A header has at most 8,190 bytes, and there are at most 100."),
    "internal": Kind(500, "An error in the program", "This should not have happened; the server's log says more."),
    "unavailable": Kind(503, "Not now", "Whoever would answer does not at this moment; try again."),
}
"""Every kind of problem by the last part of its URI."""


class ApiProblem(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    def document(self, instance: str) -> dict[str, Any]:
        """The problem document; `instance` is the path that was asked for."""
        kind = KINDS[self.kind]
        return {
            "type": f"{PREFIX}{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "instance": instance,
            "errors": [_error(problem) for problem in self.errors],
        }


def invalid(problems: Iterable[Problem]) -> ApiProblem:
    """Something sent was refused at the door; every mistake by its path."""
    found = tuple(problems)
    return ApiProblem("invalid", f"{len(found)} problem(s) in the request", found)


def not_valid(error: InvalidInput) -> ApiProblem:
    """The same from a door of another floor."""
    return invalid(error.problems)


def not_found(what: str, name: str, known: str = "") -> ApiProblem:
    """There is no such thing."""
    # what was asked for is repeated, but short and harmless
    shown = ascii(name[:80])
    return ApiProblem("not-found", f"there is no {what} {shown}" + (f"; {known}" if known else ""))


def refused(reason: str) -> ApiProblem:
    """As things stand it cannot be done."""
    return ApiProblem("refused", reason)


def unavailable(why: str, retry_s: int = 1) -> ApiProblem:
    """Somebody does not answer now."""
    return ApiProblem("unavailable", why, headers={"Retry-After": str(retry_s)})


def too_many(what: str, retry_s: int) -> ApiProblem:
    """A limit is reached."""
    return ApiProblem("too-many", what, headers={"Retry-After": str(max(1, retry_s))})


def _error(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "found": problem.found,
        "allowed": problem.allowed,
        "hint": problem.hint,
        "line": problem.line,
    }
