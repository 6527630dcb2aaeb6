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


def test_the_documentation_names_every_action_and_every_scenario_that_judges_itself() -> None:
    document = Path("docs/chaos.md").read_text(encoding="utf-8")
    table = document.partition("<!-- actions -->")[2].partition("<!-- end of actions -->")[0]
    for word in ACTIONS.names():
        action = ACTIONS.get(word)
        row = next(line for line in table.splitlines() if line.startswith(f"| `{word}` |"))
        assert f"| {action.layer} |" in row
        assert all(f"`{name}`" in row for name in action.parameters.model_fields), row
    assert all(f"| `{name}` |" in document for name in ("fan-wear", "quiet-control", "broker-outage"))
