"""The limits of the API: each is looked at before anything is allocated, and each has its 4xx."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Caps of one server."""

    body: int = 1 << 20
    """Bytes of a request's body; 413."""
    depth: int = 32
    """Nesting of a JSON body; 400."""
    devices: int = 10_000
    """Devices that one request may be about; 413."""
    page: int = 500
    """Items on a page; 422."""
    operations: int = 4
    """Operations under way at once; 429."""
    kept_operations: int = 200
    """Finished operations that are remembered."""
    streams: int = 32
    """Streams open at once; 429. Each holds a thread of the server."""
    requests_per_s: float = 200.0
    """Of one caller, on the long run; 429."""
    burst: int = 400
    """Requests that a caller may make at once after a pause."""
    answers_kept: int = 1_000
    """Answers kept for requests that are repeated with the same Idempotency-Key."""
    keys: int = 1_000
    """API keys; 409."""
    sessions: int = 1_000
    """Browser sessions; the oldest ends."""
