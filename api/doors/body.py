"""The body of a request: its length, its type, its bytes, its JSON."""

from typing import Any

import falcon

from api.doors.json_door import NotJson, parse
from api.limits import ApiLimits
from api.problems import ApiProblem


def check_head(req: falcon.Request, limits: ApiLimits) -> None:
    """What can be told from the head of any request: chunked bodies and long ones are not even read."""
    if req.env.get("HTTP_TRANSFER_ENCODING"):
        raise ApiProblem("length-required", "chunked bodies are not taken; send Content-Length")
    length = req.content_length
    if length is not None and length > limits.body:
        raise ApiProblem("too-large", f"the body has {length} bytes; allowed: at most {limits.body}")


def read_json(req: falcon.Request, limits: ApiLimits) -> tuple[bytes, Any]:
    """The body, and what its JSON stands for. Raises `ApiProblem`: 400, 411, 413, 415."""
    length = req.content_length
    if length is None:
        raise ApiProblem("length-required", "a JSON body is needed here; send it with Content-Length")
    _check_type(req.content_type)
    data = req.bounded_stream.read(limits.body + 1)
    if len(data) > limits.body:
        raise ApiProblem("too-large", f"the body has more than {limits.body} bytes")
    if len(data) != length:
        raise ApiProblem("bad-request", f"the body ended after {len(data)} of {length} bytes")
    try:
        return data, parse(data, limits.depth)
    except NotJson as error:
        raise ApiProblem("malformed-json", str(error)) from None


def _check_type(content_type: str | None) -> None:
    kind, _, parameters = (content_type or "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        found = ascii((content_type or "nothing")[:80])
        raise ApiProblem("unsupported-media-type", f"Content-Type: found {found}; allowed: application/json")
