"""Physics is tested compiled: the same bits as interpreted (which another test shows), sixty times faster."""

from collections.abc import Iterator

import pytest

from engine import kernels


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[None]:
    with kernels.running("compiled"):
        yield
