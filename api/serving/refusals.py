"""What is refused before the application sees it: no HTTP, or too much of it. The answer is a problem document too."""

import json
from http import HTTPStatus
from typing import Final

from gunicorn.http import errors

from api.problems import KINDS, MEDIA_TYPE, ApiProblem

_OURS: Final = frozenset({"InvalidResponseHeader", "InvalidResponseHeaderName"})
"""Errors of the parser's family that are about what the application said."""


def problem_of(error: BaseException) -> ApiProblem | None:
    """The problem that an error of the parser stands for; `None` when it is none of the client's."""
    match error:
        case errors.LimitRequestLine():
            kind = "uri-too-long"
        case errors.LimitRequestHeaders():
            kind = "head-too-large"
        case errors.ParseException() if type(error).__name__ not in _OURS:
            kind = "bad-request"
        case _:
            return None
    return ApiProblem(kind, KINDS[kind].meaning)


def answer(problem: ApiProblem) -> bytes:
    """The whole response; the connection ends with it."""
    body = json.dumps(problem.document("")).encode()
    head = (
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
        f"Connection: close\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode() + body
