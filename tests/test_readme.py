"""What README.md and docs/ show is what happens: every example in them is run here.

- A `console` block is a terminal: each line `$ command` is run, what stands below it is its output, and `...` stands
  for anything. The commands of one document run one after the other in one empty folder.
- In a `console loosely` block any number stands for any other: what it shows was true once, and its shape still is.
- A `yaml` block that begins with `version:` is a scenario and must be valid; any other must at least be YAML.
- A `python` block is run.
- The line `<!-- file: NAME -->` before a block writes it as NAME for the commands after it.
- `sh` and `text` blocks are not run here: they run for ever, or on another machine.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import pytest

from actors.vocabulary import Words
from schemas.scenario import load_scenario
from schemas.yaml_door import load_yaml
from tests.api.serving.server_process import Server

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = ("README.md", *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/*.md"))))
SERVED: Final = ("docs/api.md", "docs/client.md")
"""The pages whose commands ask a running server."""
LANGUAGES: Final = {"console", "yaml", "python", "sh", "text", "json"}
FENCE: Final = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w*)(?P<loosely> loosely)?\n(?P<body>.*?)^```$", re.M | re.S
)


class Block(NamedTuple):
    """One fenced block of a document."""

    language: str
    body: str
    file: str | None
    loosely: bool
    where: str


def blocks(document: str) -> Iterator[Block]:
    text = (ROOT / document).read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found["language"], found["body"], found["file"], found["loosely"] is not None, f"{document}:{line}")


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a terminal with the output below it."""
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def like(expected: str, found: str, loosely: bool = False) -> bool:
    """Whether an output is the expected one, `...` standing for anything and, loosely, a number for any number.

    A first line of `...` alone may stand for no line: a quick machine shows no progress.
    """
    shown = re.sub(r"\A\.\.\.\n", "...", expected.strip())
    pattern = ".*".join(re.escape(part) for part in shown.split("..."))
    if loosely:
        pattern = re.sub(r"\d+(?:(?:,|\\\.)\d+)*", lambda _: r"\d+(?:[,.]\d+)*", pattern)
        pattern = re.sub(r"(?:\\ )+", " +", pattern)
    return re.fullmatch(pattern, found.strip(), flags=re.S) is not None


def run(
    command: list[str], folder: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    # the folder of this interpreter comes first: that is where `data-simulator` was installed
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "80", **variables}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Mapping[str, str]]]:
    """Starts a server with the scenario `fleet.yaml`, once; the variables that lead to it."""
    with ExitStack() as stack:
        servers: list[Server] = []

        def start() -> Mapping[str, str]:
            if not servers:
                servers.append(stack.enter_context(Server(tmp_path, "--scenario", "fleet.yaml", "--port", "0")))
                servers[0].ready().until(lambda: servers[0].ask("/v1/clock").json["frames"] > 20)
            return {"DATA_SIMULATOR_SERVER": servers[0].url}

        yield start


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_example_does_what_is_shown(
    document: str, tmp_path: Path, serve: Callable[[], Mapping[str, str]]
) -> None:
    for block in blocks(document):
        assert block.language in LANGUAGES, f"{block.where}: a block says what it is"
        if block.file is not None:
            (tmp_path / block.file).write_text(block.body, encoding="utf-8")
        if block.language == "yaml":
            check_yaml(block)
        elif block.language == "python":
            done = run([sys.executable, "-P", "-c", block.body], tmp_path)
            assert done.returncode == 0, f"{block.where}\n{done.stdout}"
        elif block.language == "console":
            variables = serve() if document in SERVED else {}
            for command, output in commands(block.body):
                done = run(["bash", "-c", command], tmp_path, variables)
                assert done.returncode == 0, f"{block.where}: {command}\n{done.stdout}"
                both = f"--- shown\n{output}--- real\n{done.stdout}"
                assert like(output, done.stdout, block.loosely), f"{block.where}: {command}\n{both}"


def check_yaml(block: Block) -> None:
    if block.body.startswith("version:"):
        load_scenario(block.body, block.where, vocabulary=Words(), now=lambda: 0)
    else:
        load_yaml(block.body, block.where)


def test_a_link_inside_the_documentation_leads_somewhere() -> None:
    wrong = []
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
            if not (ROOT / document).parent.joinpath(target).exists():
                wrong.append(f"{document}: {target}")
    assert not wrong, "\n".join(wrong)


def test_the_exit_codes_are_documented_as_they_are() -> None:
    from api.exit_codes import ExitCode

    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    table = text.partition("| exit code | meaning |")[2].partition("\n\n")[0]
    shown = {int(code): meaning.strip() for code, meaning in re.findall(r"^\| (\d+) \|(.*)\|$", table, flags=re.M)}
    assert shown == {int(code): code.meaning for code in ExitCode}


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("a=45.6degC  b=1", "a=7degC b=2,000", True),
        ("12 frames", "13 frames, 2 lost", False),
        ("-1.5 V", "-17.25 V", True),
        ("1.5 V", "none V", False),
    ],
)
def test_loosely_a_number_stands_for_any_number(expected: str, found: str, same: bool) -> None:
    assert like(expected, found, loosely=True) is same


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("digest ...", "digest abc\n", True),
        ("a\n...\nb", "a\nso\nmuch\nb", True),
        ("digest ...", "error", False),
        ("exactly", "exactly this", False),
        ("", "", True),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(expected: str, found: str, same: bool) -> None:
    assert like(expected, found) is same
