"""No threads left: seen in a process of its own, because it is the whole process's."""

import subprocess
import sys

PROGRAM = """
import threading
from actors.chaos import ACTIONS
from actors.chaos.base import Backstage, read_parameters
from engine.dispatcher import Dispatcher

def started():
    thread = threading.Thread(target=print)
    try:
        thread.start()
    except RuntimeError as error:
        assert "can't start new thread" in str(error)
        return False
    thread.join()
    return True

assert started()
action, stage = ACTIONS.get("threads"), Backstage(Dispatcher(), {})
token = action.begin(stage, "", read_parameters(action, {"left": 2}))
assert [started() for _ in range(4)] == [True, True, False, False]
action.end(stage, "", token)
assert [started() for _ in range(4)] == [True] * 4
assert threading.active_count() == 1
print("well")
"""


def test_none_can_be_started_until_it_is_over() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.endswith("well\n"), done.stderr
