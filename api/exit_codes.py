"""What the process says to its caller when it ends. Documented in docs/cli.md, one line each."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `data-simulator`; each member's text says what happened."""

    OK = 0
    DIFFERS = 1
    BAD_INPUT = 2
    CANNOT_START = 3
    FAILED = 4
    NOBODY_THERE = 5
    DENIED = 6
    REFUSED = 7
    NOT_AS_EXPECTED = 8
    ZOMBIES = 70
    BLOCKED = 75
    FORCED = 130

    @property
    def meaning(self) -> str:
        """One line for the documentation and for messages."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done, or stopped in order by Ctrl-C or SIGTERM",
    ExitCode.DIFFERS: "verify: the runs differ; audit: something was found that is not allowed; health: not ready",
    ExitCode.BAD_INPUT: "the command line, the scenario or a file name is wrong; nothing was started",
    ExitCode.CANNOT_START: "the input is right, but this machine cannot run it; nothing was left half-started",
    ExitCode.FAILED: "too far behind with `lag: fail`, a supervisor gave up, or an error in the program",
    ExitCode.NOBODY_THERE: "no server answers where it was asked for",
    ExitCode.DENIED: "the server does not let this caller do that: no key, or one without the role",
    ExitCode.REFUSED: "the server refused what was asked, or there is no such thing",
    ExitCode.NOT_AS_EXPECTED: "test: something was not as the scenario expects it",
    ExitCode.ZOMBIES: "stopped, but some actors did not end in time and were abandoned",
    ExitCode.BLOCKED: "an actor's code blocked the whole fleet past the limit; run again to go on",
    ExitCode.FORCED: "a second Ctrl-C forced the end; what was still queued is lost",
}
