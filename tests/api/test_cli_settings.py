"""The environment of the command line and that of the settings do not get into each other's way."""

import re
from pathlib import Path

from schemas.settings import COMMAND_LINE, Settings

ROOT = Path(__file__).parents[2]


def test_names_of_options_are_no_mistakes() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api").rglob("*.py"))
    names = set(re.findall(r'envvar="(DATA_SIMULATOR_[A-Z_]+)"', text))
    assert names == COMMAND_LINE
    assert Settings.load(dict.fromkeys(names, "x")) == Settings()
