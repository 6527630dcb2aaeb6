"""One contract for every action of chaos."""

from pathlib import Path

import pytest

from actors.chaos import ACTIONS
from tests.contracts.actions import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", ACTIONS.names())
def test_every_action_keeps_its_promises(word: str, promise: object) -> None:
    assert callable(promise)
    promise(ACTIONS.get(word))


def test_a_file_is_an_action_and_an_action_is_a_file() -> None:
    files = {path.stem for path in Path("actors/chaos").glob("*.py")} - {"__init__", "base"}
    assert {name.replace("_", "-") for name in files if not name.startswith("_")} == set(ACTIONS.names())
    assert not ACTIONS.problems()
