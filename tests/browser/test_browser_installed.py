"""What a test does about a browser that is not there: it says why, and where there should be one it fails."""

from pathlib import Path

import pytest

from tests.browser.installed import REQUIRED, need_browser

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(REQUIRED, raising=False)


@pytest.mark.usefixtures("no_browser")
def test_a_newcomer_is_told_why_a_test_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no chromium on this machine: `bash tests/browser/install\.sh`"):
        need_browser()


@pytest.mark.usefixtures("no_browser")
def test_where_there_should_be_one_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "required")
    with pytest.raises(pytest.fail.Exception, match="TEST_BROWSER=required, but no chromium"):
        need_browser()


def test_ci_installs_the_browser_and_then_requires_it() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    install, require = lines.index("bash tests/browser/install.sh"), lines.index(f"export {REQUIRED}=required")
    tests = next(number for number, line in enumerate(lines) if line.startswith("bash ") and '"$tests"' in line)
    assert install < require < tests
