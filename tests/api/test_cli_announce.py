"""The first run after installation says why it may take longer."""

import pytest

from api.production import announce
from api.serving.plan import RunOptions


@pytest.mark.parametrize(
    ("options", "ready", "said"),
    [
        (RunOptions(), False, True),
        (RunOptions(kernels="compiled"), False, True),
        (RunOptions(), True, False),
        (RunOptions(quiet=True), False, False),
        (RunOptions(kernels="interpreted"), False, False),
    ],
)
def test_what_is_yet_to_be_compiled_is_announced(
    options: RunOptions, ready: bool, said: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.kernels.ready", lambda: ready)
    announce(options)
    assert ("compiled" in capsys.readouterr().err) is said
