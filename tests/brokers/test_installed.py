"""What a test does about a broker that is not there: it says why, and where all should be there it fails."""

from pathlib import Path

import pytest

from tests.brokers import installed
from tests.brokers.installed import REQUIRED, missing, need

ROOT = Path(__file__).parents[2]


def test_what_is_there_is_not_missed() -> None:
    assert missing(programs=("sh",), modules=("pytest",)) is None


@pytest.fixture
def nothing_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which install.sh never ran."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(REQUIRED, raising=False)
    installed.program.cache_clear()


@pytest.mark.usefixtures("nothing_fetched")
def test_a_newcomer_is_told_why_a_test_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"kafka was not fetched: `bash tests/brokers/install\.sh`"):
        need(parts=("kafka",))
    with pytest.raises(pytest.skip.Exception, match="no no-such-broker on this machine"):
        need(programs=("no-such-broker",))
    with pytest.raises(pytest.skip.Exception, match="the Python package no_such_package"):
        need(modules=("no_such_package",))


@pytest.mark.usefixtures("nothing_fetched")
def test_where_all_should_be_there_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "required")
    with pytest.raises(pytest.fail.Exception, match="kafka was not fetched"):
        need(parts=("kafka",))


def test_ci_installs_the_brokers_and_then_requires_them() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    install, require = lines.index("bash tests/brokers/install.sh"), lines.index(f"export {REQUIRED}=required")
    tests = next(number for number, line in enumerate(lines) if line.startswith("bash ") and '"$tests"' in line)
    assert install < require < tests
