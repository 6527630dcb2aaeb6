"""`data-simulator version`: what is installed here."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

EXAMPLES: Final = """
data-simulator version
"""

_SHOWN: Final = ("pykka", "numba", "numpy", "pydantic")


def product_version() -> str:
    """The version of this product as it is installed, or `unknown` when it runs from a bare folder."""
    return _version("data-simulator")


def command() -> None:
    """Say which version this is."""
    sys.stdout.write(f"data-simulator {product_version()}\n")
    parts = [f"python {platform.python_version()}", *(f"{name} {_version(name)}" for name in _SHOWN)]
    sys.stdout.write(f"{', '.join(parts)}, {platform.system()} {platform.machine()}\n")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
