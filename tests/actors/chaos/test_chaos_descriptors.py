"""No descriptors left: seen in a process of its own, because the limit is the whole process's."""

import subprocess
import sys

PROGRAM = """
import errno, os, resource
from actors.chaos import ACTIONS
from actors.chaos.base import Backstage, read_parameters
from engine.dispatcher import Dispatcher

held = os.open(os.devnull, os.O_RDONLY)
os.dup2(held, held + 5)  # gaps below the highest one
before = resource.getrlimit(resource.RLIMIT_NOFILE), sorted(os.listdir("/proc/self/fd"))
action, stage = ACTIONS.get("descriptors"), Backstage(Dispatcher(), {})
token = action.begin(stage, "", read_parameters(action, {"left": 1}))
opened = []
try:
    while True:
        opened.append(os.open(os.devnull, os.O_RDONLY))
except OSError as error:
    assert error.errno == errno.EMFILE, error
assert len(opened) == 1, opened
os.read(held, 1)  # what is open goes on
for number in opened:
    os.close(number)
action.end(stage, "", token)
assert (resource.getrlimit(resource.RLIMIT_NOFILE), sorted(os.listdir("/proc/self/fd"))) == before
os.close(os.open(os.devnull, os.O_RDONLY))
print("well")
"""


def test_nothing_can_be_opened_until_it_is_over() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "well\n", done.stderr
