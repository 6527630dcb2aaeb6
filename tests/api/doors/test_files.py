"""Files that a scenario from the network may name: none but those below listed folders, whatever the spelling."""

from pathlib import Path

import pytest

from actors.vocabulary import Words
from api.doors.egress import Egress
from api.doors.files import Files, served_files
from api.targets import foreign_targets
from schemas.scenario import load_scenario

FORMS = [
    *("x.jsonl", "./x.jsonl", "a/b.jsonl", "~/x", "~root/x", "~", ".", "..", "", "/", "/etc/passwd", "//etc/passwd"),
    *("/dev/stdout", "/proc/self/environ", "file:///etc/passwd", "C:\\x", "\\\\host\\share", "{own}", "{own}/"),
    *("{own}/../state.db", "{own}/a/../../state.db", "{own}/./../state.db", "{own}/..", "{own}x/y", "{own}\\..\\x"),
    *("{own}/out/state.db", "{own}/link", "{own}/out/../x", "{state}/state.db", "{state}/lock", "{state}/mqtt.spool"),
    *("{own}//../state.db", "{own}/a\0b", "..{own}", "{own}/.../../../x", "{own}/a/.././../state.db"),
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "out").symlink_to(folder)
    (folder / "files" / "link").symlink_to("/etc/passwd")
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_no_spelling_leads_out_of_the_folder(state: Path, form: str) -> None:
    path = form.format(own=state / "files", state=state)
    assert not served_files(state, ()).lists(path)
    assert not Files().lists(path)


def test_what_lies_below_may_be_named(state: Path, tmp_path: Path) -> None:
    files = served_files(state, [str(tmp_path / "shared")])
    for place in (state / "files" / "x.jsonl", state / "files" / "a" / "b.gz", tmp_path / "shared" / "x", "..x"):
        assert files.lists(str(place)) == (place != "..x")


def test_the_folder_is_made_and_one_that_cannot_be_is_nobodys(tmp_path: Path) -> None:
    served_files(tmp_path / "new", ())
    assert (tmp_path / "new" / "files").is_dir()
    (tmp_path / "file").write_text("")
    assert not served_files(tmp_path / "file", ()).lists(str(tmp_path / "file" / "files" / "x"))


@pytest.mark.parametrize("key", ["path", "options.folder"])
def test_a_scenario_is_judged_by_it(state: Path, key: str) -> None:
    def problems(path: object) -> list[str]:
        sinks = {
            "path": f"{{kind: file, options: {{path: '{path}'}}}}",
            "options.folder": f"{{kind: mqtt, options: {{spool: {{folder: '{path}'}}}}}}",
        }
        scenario = load_scenario(f"version: 1\nfleet: [{{kind: cpu}}]\nsinks: [{sinks[key]}]", "x", vocabulary=Words())
        return [each.allowed for each in foreign_targets(scenario, Egress(), served_files(state, ()))]

    assert problems(state / "files" / "x") == []
    (allowed,) = problems("x")
    assert str(state / "files") in allowed
    assert "DATA_SIMULATOR_FILES" in allowed
