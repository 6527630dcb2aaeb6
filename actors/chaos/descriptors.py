"""Descriptors: this process may open no more files and connections than it has, as if a leak had used them up."""

import os
import resource
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, NotPossibleError, Parameters


class DescriptorsParameters(Parameters):
    """How many are left."""

    left: Annotated[int, Field(ge=0, le=1000)] = 0


class _Descriptors:
    """What is open goes on; what has to be opened fails and is tried again (RLIMIT_NOFILE, the soft limit)."""

    name = "descriptors"
    layer = "host"
    targets: Sequence[str] = ("run",)
    outside = True
    anew = True
    parameters = DescriptorsParameters

    def begin(self, stage: Backstage, target: str, parameters: DescriptorsParameters) -> Any:
        """Lower the limit to what is open; the gaps below the highest one are counted as taken."""
        try:
            taken = max(int(name) for name in os.listdir("/proc/self/fd")) + 1
        except OSError as error:
            raise NotPossibleError(f"/proc/self/fd: found {error.strerror}; allowed: Linux") from None
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        gaps = _fill(taken)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, taken + parameters.left), hard))
        return soft, gaps

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Give back the limit."""
        soft, gaps = token
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        for number in gaps:
            os.close(number)


def _fill(below: int) -> list[int]:
    """Take every free number below one: a new descriptor gets the lowest free one."""
    filled: list[int] = []
    while (number := os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)) < below:
        filled.append(number)
    os.close(number)
    return filled


ACTION: Final = _Descriptors()
