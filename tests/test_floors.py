"""The floors of the house: imports only descend, and every library has one door."""

import ast
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]

FLOORS: Final[Mapping[str, int]] = {"schemas": 1, "scenarios": 2, "engine": 2, "actors": 3, "api": 4}
"""A package imports its own and lower floors; two packages on one floor do not know each other."""

DOORS: Final[Mapping[str, tuple[str, ...]]] = {
    "pykka": (
        "engine/actor.py",
        "engine/dispatcher.py",
        "engine/future.py",
        "engine/greeting.py",
        "engine/handling.py",
        "engine/registry.py",
        "engine/threaded.py",
    ),
    "numba": ("engine/kernels.py", "engine/kernel_cache.py"),
    "platformdirs": ("engine/kernel_cache.py", "actors/state_folder.py"),
    "structlog": ("actors/logs.py",),
    "yaml": ("schemas/yaml_door.py",),
    "fastavro": ("schemas/formats/avro.py", "actors/fault_file.py", "actors/embedded/", "actors/auditor/"),
    "orjson": ("schemas/formats/", "actors/logs.py", "actors/sinks/"),
    "pydantic": ("schemas/scenario/", "actors/sinks/", "actors/chaos/", "actors/vocabulary.py", "api/"),
    "rich": ("api/", "actors/sinks/"),
    "typer": ("api/",),
    "zstandard": ("actors/sinks/",),
    "numpy": ("engine/", "actors/sensor.py", "actors/dataset/", "api/report/"),
    "pyarrow": ("actors/dataset/", "api/report/"),
    "pydantic_core": ("schemas/scenario/", "actors/sinks/"),
    # the embedded brokers, registry and bridge open these for a reason of their own
    "paho": ("actors/auditor/", "actors/embedded/", "actors/monitor/publishing.py", "actors/sinks/_mqtt/"),
    "confluent_kafka": ("actors/auditor/", "actors/embedded/", "actors/monitor/publishing.py", "actors/sinks/_kafka/"),
    "falcon": ("api/", "actors/embedded/"),
    "gunicorn": ("api/serving/",),
    "prometheus_client": ("api/metrics/",),
    "iotcore": ("actors/embedded/",),
    # only its files are read
    "offapi": ("api/resources/openapi.py",),
    "urllib3": ("actors/registry/", "actors/sources/monitor.py", "api/client/"),
    "psutil": ("actors/sources/psutil.py",),
}
"""Files and folders in which a library may be imported; a library that is not here has no door at all."""

PURE: Final = (
    "engine/physics/",
    "engine/ageing/",
    "engine/faults/",
    "engine/links/",
    "engine/causes/",
    "engine/sensors/",
    "engine/devices/",
    "engine/hardware/",
    "engine/elementary.py",
    "engine/streams.py",
    "schemas/formats/",
)
"""Models and formats: same input, same output, whoever calls and whenever."""

IMPURE_MODULES: Final = frozenset(
    {"asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "select", "selectors"}
    | {"shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time", "pykka"}
)

CLOCKS: Final = ("engine/clock.py", "engine/watchdog.py")
SETTINGS: Final = ("schemas/settings.py", "schemas/terminal.py")
ROLES: Final = ("device", "sensor", "sinks", "sources", "supervisor", "journal", "timeline", "live")
"""The cast: none knows another; only the system puts them on stage together."""


class Import(NamedTuple):
    """One imported module, as `package.module`, and where."""

    module: str
    where: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


class Source(NamedTuple):
    """One file of the product."""

    path: str
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 0)}"

    def imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, self.at(node)) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.at(node)}: a relative import hides which floor it goes to"
                for alias in node.names:
                    yield Import(f"{node.module}.{alias.name}", self.at(node))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the product, with its syntax tree."""
    found = []
    for package in FLOORS:
        for path in sorted((ROOT / package).rglob("*.py")):
            found.append(Source(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))))
    assert found
    return tuple(found)


def within(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def imports(*, but: tuple[str, ...] = ()) -> Iterator[tuple[str, Import]]:
    """Every import of the product with the file it stands in, leaving out some files and folders."""
    for source in sources():
        if not within(source.path, but):
            for found in source.imports():
                yield source.path, found


def test_imports_only_descend() -> None:
    wrong = [
        f"{found.where} imports {found.module}"
        for path, found in imports()
        if found.top in FLOORS
        and found.top != path.partition("/")[0]
        and FLOORS[found.top] >= FLOORS[path.partition("/")[0]]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_product_imports_neither_its_tests_nor_its_benchmark() -> None:
    wrong = [f"{found.where} imports {found.module}" for _, found in imports() if found.top in {"tests", "bench"}]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_library_comes_in_by_its_own_door(library: str) -> None:
    wrong = [f"{found.where} imports {library}" for _, found in imports(but=DOORS[library]) if found.top == library]
    assert not wrong, "\n".join(wrong)


def test_no_library_comes_in_without_a_door() -> None:
    ours = {*FLOORS, *DOORS, *sys.stdlib_module_names}
    wrong = [f"{found.where} imports {found.module}" for _, found in imports() if found.top not in ours]
    assert not wrong, "\n".join(wrong)


def test_every_imported_library_is_declared() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    lines = f"{setup['options']['install_requires']}\n{extras['zstd']}".splitlines()
    declared = {line.split(" ")[0].lower() for line in lines if line.strip() and not line.startswith("#")}
    # pydantic pins the one release of its core that it works with
    named = {"yaml": "pyyaml", "pydantic_core": "pydantic", "paho": "paho-mqtt", "confluent_kafka": "confluent-kafka"}
    named["prometheus_client"] = "prometheus-client"
    used = {found.top for _, found in imports() if found.top in DOORS}
    assert not {named.get(library, library) for library in used} - declared
    assert not declared - {named.get(library, library) for library in DOORS}


def test_pure_models_know_no_threads_clocks_or_files() -> None:
    wrong = []
    for source in sources():
        if within(source.path, PURE):
            # a buffer in memory is no file
            found = [f for f in source.imports() if f.module != "io.BytesIO"]
            wrong += [f"{f.where} imports {f.module}" for f in found if f.top in IMPURE_MODULES]
            wrong += [f"{source.at(node)} calls {name}" for node, name in calls(source) if name in {"open", "print"}]
    assert not wrong, "\n".join(wrong)


def test_one_role_of_the_cast_does_not_know_another() -> None:
    wrong = []
    for path, found in imports():
        floor, _, rest = path.partition("/")
        mine = rest.partition("/")[0].removesuffix(".py")
        parts = found.module.split(".")
        if floor == "actors" and mine in ROLES and parts[0] == "actors" and parts[1] in ROLES and parts[1] != mine:
            wrong.append(f"{found.where} imports {found.module}")
    assert not wrong, "\n".join(wrong)


def test_wall_time_is_read_in_one_place() -> None:
    wrong = [f"{f.where} imports {f.module}" for _, f in imports(but=CLOCKS) if f.top in {"time", "sched"}]
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
    for source in sources():
        wrong += [f"{source.at(node)} calls {name}" for node, name in calls(source) if name in clocks]
    assert not wrong, "\n".join(wrong)


def test_the_environment_is_read_in_settings_only() -> None:
    wrong = []
    for source in sources():
        if not within(source.path, SETTINGS):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"}:
                    wrong.append(f"{source.at(node)} reads the environment")
    assert not wrong, "\n".join(wrong)


def test_chance_comes_from_named_streams_only() -> None:
    wrong = [f"{f.where} imports {f.module}" for _, f in imports() if f.top in {"random", "secrets", "uuid"}]
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr == "random":
                wrong.append(f"{source.at(node)} uses a generator of its own")
    assert not wrong, "\n".join(wrong)


def test_nothing_depends_on_the_hash_that_changes_with_every_process() -> None:
    wrong = [f"{source.at(node)}" for source in sources() for node, name in calls(source) if name == "hash"]
    assert not wrong, "\n".join(wrong)


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the name it goes by: `open`, `datetime.now`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node, node.func.id
            elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                yield node, f"{node.func.value.id}.{node.func.attr}"


def test_every_module_says_what_it_is() -> None:
    wrong = [source.path for source in sources() if not ast.get_docstring(source.tree)]
    assert not wrong, "\n".join(wrong)
