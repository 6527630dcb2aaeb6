"""The functions of librdkafka's mock cluster, reached in the library that the confluent-kafka wheel brings along."""

import ctypes
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import confluent_kafka

PLACES: Final = (
    "../confluent_kafka.libs/librdkafka*",  # wheels for Linux
    ".dylibs/librdkafka*",  # wheels for macOS
    "../confluent_kafka.libs/rdkafka*",  # wheels for Windows
    "cimpl*",  # built from source: the extension is linked with the system's own library, and finds its symbols
)
"""Where the library lies, seen from the package's folder; globs."""

_POINTER: Final = ctypes.c_void_p
_INT: Final = ctypes.c_int
_INT32: Final = ctypes.c_int32
_TEXT: Final = ctypes.c_char_p
_SIZE: Final = ctypes.c_size_t

SIGNATURES: Final[Mapping[str, tuple[Any, Sequence[Any]]]] = {
    "conf_new": (_POINTER, ()),
    "conf_set": (_INT, (_POINTER, _TEXT, _TEXT, _POINTER, _SIZE)),
    "conf_destroy": (None, (_POINTER,)),
    "new": (_POINTER, (_INT, _POINTER, _TEXT, _SIZE)),
    "destroy": (None, (_POINTER,)),
    "mock_cluster_new": (_POINTER, (_POINTER, _INT)),
    "mock_cluster_destroy": (None, (_POINTER,)),
    "mock_cluster_bootstraps": (_TEXT, (_POINTER,)),
    "mock_topic_create": (_INT, (_POINTER, _TEXT, _INT, _INT)),
    "mock_group_initial_rebalance_delay_ms": (None, (_POINTER, _INT32)),
    "mock_broker_set_down": (_INT, (_POINTER, _INT32)),
    "mock_broker_set_up": (_INT, (_POINTER, _INT32)),
    "mock_broker_set_rtt": (_INT, (_POINTER, _INT32, _INT)),
    "mock_clear_request_errors": (None, (_POINTER, ctypes.c_int16)),
    "mock_push_request_errors_array": (None, (_POINTER, ctypes.c_int16, _SIZE, ctypes.POINTER(_INT))),
}
"""Result and arguments of what is used, without the prefix `rd_kafka_` (rdkafka.h, rdkafka_mock.h of 2.16)."""


class MissingError(RuntimeError):
    """This build of confluent-kafka does not show the functions of the mock cluster."""


class Library:
    """The functions as attributes, named as in the header without their prefix."""

    def __init__(self, path: Path) -> None:
        try:
            library = ctypes.CDLL(str(path))
            for name, (result, arguments) in SIGNATURES.items():
                function = getattr(library, f"rd_kafka_{name}")
                function.restype, function.argtypes = result, tuple(arguments)
                setattr(self, name, function)
        except (OSError, AttributeError) as error:
            raise MissingError(f"{path.name}: {error}") from None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)  # here so that what __init__ set is known to be any function


@cache
def library() -> Library:
    """Load the library once. Raises `MissingError`."""
    folder = Path(confluent_kafka.__file__).parent
    tried = []
    for pattern in PLACES:
        for path in sorted(folder.glob(pattern) if ".." not in pattern else folder.parent.glob(pattern[3:])):
            try:
                return Library(path.resolve())
            except MissingError as missing:
                tried.append(str(missing))
    raise MissingError("; ".join(tried) or "no library of its own lies beside confluent_kafka")
