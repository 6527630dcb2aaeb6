"""The pages about formats and settings speak of what there is."""

from pathlib import Path

from schemas.mapping import SOURCES, TIME_FORMS
from schemas.settings import NAMES
from schemas.units import OTHERS
from tests.schemas.scenario_words import MINIMAL, load

DOCS = Path(__file__).parents[2] / "docs"


def test_every_setting_is_documented() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    missing = [
        name for name in NAMES if f"`{name}`" not in page and not name.endswith(("_CA_FILE", "CERT_FILE", "KEY_FILE"))
    ]
    assert not missing


def test_every_word_of_a_mapping_is_documented() -> None:
    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    words = [*TIME_FORMS, *(unit for units in OTHERS.values() for unit in units)]
    words += [word for sources in SOURCES.values() for word in sources]
    assert not [word for word in words if f"`{word}`" not in page]


def test_the_example_loads() -> None:
    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0].replace("format: avro", "format: json")
    mapping = load(MINIMAL + example).sinks[0].mapping
    assert mapping is not None
    assert set(mapping.payload().shapes) == {"reading", "frame"}
