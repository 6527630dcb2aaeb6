"""What `.ci/run` runs is what the README tells a newcomer to run."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def block(name: str) -> str:
    """The one shell block of README.md between the markers `<!-- name -->` and `<!-- end -->`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"<!-- {name} -->\n```sh\n(.*?)\n```\n<!-- end -->", text, flags=re.DOTALL)
    assert len(found) == 1, f"README.md shows {len(found)} blocks named {name}"
    return str(found[0])


def test_each_command_for_a_fresh_machine_is_one_line() -> None:
    for name in ("run command", "test command"):
        assert "\n" not in block(name)
        assert block(name).startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_ci_reads_the_test_command_from_the_readme_and_has_none_of_its_own() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "<!-- test command -->" in script
    assert "README.md" in script
    commands = [line for line in script.splitlines() if not line.startswith("#")]
    assert not [line for line in commands if "pytest" in line or "pip " in line]
