"""`data-simulator audit` on the command line: what it refuses, and what it says."""

from pathlib import Path

import pytest

from actors.auditor.findings import WORDS
from api.auditing import lines
from api.cli import main
from schemas.problems import InvalidInput
from tests.actors.auditor.planted import audited, fleet, messages, reference

ROOT = Path(__file__).parents[2]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said when the command line is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("MQTT_HOST", "KAFKA_BROKER_SETTINGS", "KAFKA_SCHEMA_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def test_every_mistake_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(
        capsys,
        *("--mqtt", "x/#", "--kafka", "t", "--for", "soon", "--allow", "los", "--field", "colour=x"),
        *("--books", "/nowhere/at/all.db"),
    )
    for part in ("MQTT_HOST", "KAFKA_BROKER_SETTINGS", "soon", "Did you mean 'loss'", "colour", "/nowhere/at/all.db"):
        assert part in said
    assert "6 problem(s)" in said


def test_nothing_to_read_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--mqtt FILTER or --kafka TOPIC" in refused(capsys)


def test_an_env_file_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "other.env").write_text("MQTT_HOST=127.0.0.1\nMQTT_PORT=1\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["audit", "--mqtt", "x/#", "--env-file", "other.env"])
    assert ended.value.code == 3
    assert "no MQTT broker at 127.0.0.1:1" in capsys.readouterr().err


def test_what_people_read() -> None:
    came = messages(fleet(3, 20), "avro")
    said = list(lines(audited([*came[:30], *came[33:]], reference(fleet(3, 20)))))
    assert said[0] == "not as it should be: loss"
    assert said[1] == "  kafka: 57 messages, 57 of 60 records, 3 loss"
    assert said[2] == "    pi-0000 (frame), 1 loss; not seen: 10"
    assert next(lines(audited(came))) == "all is well"


def test_every_finding_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert not [word for word in WORDS if f"| `{word}` |" not in page]


def test_invalid_input_is_what_a_caller_gets() -> None:
    from api.auditing import Request, audit
    from api.interrupts import Interrupts

    with pytest.raises(InvalidInput):
        audit(Request(), Interrupts())
