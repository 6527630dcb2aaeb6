"""The files of the dashboard, and the map of the fleet that it draws."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from api.access.keys import MemoryKeys, new_key
from api.resources.dashboard import FOLDER, read_files
from api.roles import Role
from tests.api.rest.house import House, house

ELSEWHERE: Final = re.compile(r"""(?:src|href|url|from|import)\s*[=(]?\s*["'(]?(?:https?:)?//""")
INLINE: Final = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", re.IGNORECASE)
VENDORED: Final = "assets/vendor/"


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as made:
        yield made


def test_the_page_and_everything_that_it_names_is_served(home: House) -> None:
    page = home.call("GET", "/")
    assert page.headers["content-type"].startswith("text/html")
    names = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert len(names) > 8
    for name in names:
        assert home.call("GET", name).status_code == 200, name


def test_every_module_that_is_imported_is_there() -> None:
    files = read_files()
    modules = {name: file.data.decode() for name, file in files.items() if name.startswith("assets/js/")}
    assert len(modules) > 20
    for name, text in modules.items():
        for wanted in re.findall(r'^(?:import|export)\b[^"]*"(\.[^"]+)";', text, flags=re.MULTILINE):
            there = (FOLDER / name).parent.joinpath(wanted).resolve().relative_to(FOLDER.resolve())
            assert there.as_posix() in files, f"{name} imports {wanted}"


def test_every_name_that_is_imported_is_exported() -> None:
    files = read_files()
    for name, file in files.items():
        if not name.startswith("assets/js/"):
            continue
        for words, wanted in re.findall(r'^import \{([^}]*)\} from "(\.[^"]+)";', file.data.decode(), re.MULTILINE):
            there = (FOLDER / name).parent.joinpath(wanted).resolve().read_text(encoding="utf-8")
            for word in filter(None, (each.split(" as ")[0].strip() for each in words.split(","))):
                assert re.search(rf"^export (?:async )?(?:function|const|let|class) {word}\b", there, re.MULTILINE), (
                    f"{name} wants {word} of {wanted}"
                )


def test_nothing_comes_from_elsewhere_and_nothing_stands_in_the_page_itself() -> None:
    for name, file in read_files().items():
        if name.endswith((".js", ".css", ".html", ".svg")) and not name.startswith(VENDORED):
            text = file.data.decode().replace("http://www.w3.org/", "")
            assert not ELSEWHERE.search(text), name
    assert not INLINE.search((FOLDER / "index.html").read_text(encoding="utf-8"))


def test_what_others_made_comes_with_its_licence() -> None:
    assert {path.name for path in (FOLDER / VENDORED).iterdir()} == {
        "uPlot.iife.min.js",
        "uPlot.min.css",
        "uPlot.LICENSE.txt",
        "inter-latin.woff2",
        "inter.LICENSE.txt",
    }


def test_every_file_of_the_folder_is_served() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert set(read_files()) == there


def test_a_script_runs_only_from_a_file_of_this_server(home: House) -> None:
    policy = home.call("GET", "/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert home.call("GET", "/assets/js/main.js").headers["content-security-policy"] == policy


def test_a_file_that_is_known_is_not_sent_again(home: House) -> None:
    tag = home.call("GET", "/assets/js/main.js").headers["etag"]
    again = home.call("GET", "/assets/js/main.js", If_None_Match=tag)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["../host.py", "..%2f..%2fhost.py", "js/../../../host.py", "//etc/passwd", "js/", "", "js/nothing.js"]
)
def test_no_path_leads_out_of_the_folder(home: House, path: str) -> None:
    assert home.call("GET", f"/assets/{path}").status_code == 404


def test_the_page_needs_no_key_and_the_map_does() -> None:
    _, record = new_key("someone", Role.READ, 0)
    keys = MemoryKeys()
    keys.add(record)
    with house(keys=keys) as home:
        assert home.call("GET", "/").status_code == 200
        assert home.call("GET", "/v1/map").status_code == 401


def test_the_map_agrees_with_the_list(home: House) -> None:
    shown, listed = home.get("/v1/map"), home.get("/v1/devices")["items"]
    words = shown["words"]
    assert shown["ids"] == [device["id"] for device in listed]
    for n, device in enumerate(listed):
        assert words["kinds"][shown["kind"][n]] == device["kind"]
        assert words["groups"][shown["group"][n]] == device["group"]
        assert words["states"][ord(shown["state"][n]) - ord("a")] == device["state"]
        assert shown["labels"][n] == device["labels"]
        assert shown["faults"][n] == device["faults"] == 0
        assert shown["temperature"][n] == round(device["readings"]["temperature"], 1)
        assert abs(shown["health"][n] - 100 * device["health"]) <= 1


def test_what_does_not_change_is_sent_once(home: House) -> None:
    first = home.get("/v1/map")
    again = home.get(f"/v1/map?known={first['revision']}")
    assert again["revision"] == first["revision"]
    assert [again[name] for name in ("ids", "kind", "group", "labels")] == [None] * 4
    assert len(again["state"]) == len(again["health"]) == len(first["ids"])
    assert home.get("/v1/map?known=another")["ids"] == first["ids"]
