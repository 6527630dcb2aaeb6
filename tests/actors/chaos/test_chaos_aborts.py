"""Fifty aborts in the midst of everything that reaches outside the simulated world: nothing is left of it.

Those of what lies inside it are in `test_chaos_timeline.py`.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from actors.chaos import ACTIONS

CHILD = Path(__file__).with_name("aborts_child.py")
ABORTS = 50
ENDS_THE_PROCESS = {"process-kill"}
"""What nobody is left to abort after."""


@pytest.mark.timeout(300)
def test_fifty_aborts_in_mid_fault_leave_nothing_outside_as_it_is_not_to_be(tmp_path: Path) -> None:
    command = [sys.executable, str(CHILD), str(tmp_path), str(ABORTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(lines) == ABORTS + 2, done.stdout + done.stderr
    *aborted, not_aborted, begun = lines
    assert [left for left in aborted if left] == []
    assert len(not_aborted) > 40, "the sabotage arm: without an abort there is residue in plenty"
    assert set(begun) == set(ACTIONS.names()) - ENDS_THE_PROCESS, "and every action was among them"
