"""Makes docs/run.svg, the picture in README.md, from a real run: `python docs/picture.py`.

Runs the command in a pseudo terminal, as a person would, presses Ctrl-C after a while, and draws the screen as it was
just before.
"""

import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

COMMAND: Final = "data-simulator run --pace 10 --set sinks.console.truth=true"
SECONDS: Final = 19
COLUMNS: Final = 116
ROWS: Final = 40
REWRITE: Final = re.compile(r"\x1b\[2K")
CONTROL: Final = re.compile(r"\x1b\[[0-9;?]*[A-LN-Za-ln-z]|\r")
"""Everything that is no colour."""


def record() -> str:
    """All that the command wrote to its terminal."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    command = [str(Path(sys.executable).parent / COMMAND.split()[0]), *COMMAND.split()[1:]]
    process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env=environment, close_fds=True)
    os.close(inner)
    written = bytearray()
    signal.signal(signal.SIGALRM, lambda *_: process.send_signal(signal.SIGINT))
    signal.alarm(SECONDS)
    while process.poll() is None or select.select([outer], [], [], 0.1)[0]:
        try:
            written += os.read(outer, 65536)
        except OSError:  # the terminal closes with its last process
            break
    return written.decode("utf-8", "replace")


def last_screen(written: str) -> str:
    """The last picture of the living fleet: a live display wipes its lines before it writes them again.

    The very last one is of the fleet at its end, with nothing left to change.
    """
    *_, living, _ = [screen for screen in REWRITE.split(written) if "\n" in screen]
    return CONTROL.sub("", living)


def main() -> None:
    """Record and draw."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(f"$ {COMMAND}\n{last_screen(record()).strip()}"))
    target = Path(__file__).with_name("run.svg")
    target.write_text(console.export_svg(title=COMMAND, unique_id="run"), encoding="utf-8")


if __name__ == "__main__":
    main()
