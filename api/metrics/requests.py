"""Requests as they are answered: the only metrics that are counted on the way."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY: Final = CollectorRegistry()
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS: Final = Counter(
    "data_simulator_http_requests",
    "Requests that were answered, by method and class of status.",
    ("method", "status"),
    registry=REGISTRY,
)
SECONDS: Final = Histogram(
    "data_simulator_http_request_seconds",
    "From the moment a request was there as a whole until its answer was sent; without streams.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=REGISTRY,
)


def count(method: str, status: str, seconds: float, *, stream: bool) -> None:
    """One more. `status` begins with its three digits."""
    kind = f"{status[:1]}xx" if status[:1] in "12345" and status else "none"
    REQUESTS.labels(method if method in METHODS else "other", kind).inc()
    if not stream:
        SECONDS.observe(seconds)
