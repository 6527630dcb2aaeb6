"""The plan of a server: everything that it is told before it starts, by options or by environment."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import TYPE_CHECKING, Any, Final, get_args

from actors import logs
from api.exit_codes import ExitCode
from api.options import Kernels
from schemas.problems import CannotStart, InvalidInput, Problem
from schemas.server_settings import ServerSettings
from schemas.settings import Settings, command_line

if TYPE_CHECKING:
    from actors.state_folder import StateFolder
    from schemas.scenario import Scenario

SPARE_THREADS: Final = 16
"""Threads beside those that the streams may hold."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line may ask of a run besides its scenario."""

    kernels: Kernels = "auto"
    summary: str | None = None
    digests: bool = False
    no_sinks: bool = False
    quiet: bool = False
    log: logs.Style = "console"
    log_level: logs.Level = "warning"
    state: str | None = None
    fresh: bool = False
    faults: str | None = None


@dataclass(frozen=True, slots=True)
class ServePlan:
    """What to serve, where, and how."""

    settings: Settings
    server: ServerSettings
    options: RunOptions = RunOptions()
    ends_with_run: bool = False
    """`data-simulator run`: the process ends with its run. Else it lasts, and another run may be started."""
    folder: Path | None = None
    """Where its state is."""
    passing: bool = False
    """Whether that is only for as long as the process lasts."""

    def take_folder(self, patience_s: int) -> "StateFolder":
        """Take the state into possession; who has it now may be about to end. Raises `CannotStart`."""
        from actors.state_folder import StateFolder, StateLocked
        from engine.clock import NANOSECONDS, WallClock

        if self.folder is None:
            raise CannotStart("no folder for the state has been chosen")
        wall = WallClock()
        until = wall.monotonic_ns() + patience_s * NANOSECONDS
        while True:
            try:
                return StateFolder(self.folder)
            except StateLocked:
                if wall.monotonic_ns() > until:
                    raise
                wall.wait(0.1, Event())

    @property
    def threads(self) -> int:
        """Threads that answer requests."""
        return self.server.streams + SPARE_THREADS


class _Chosen:
    """The plan of this process; made by the command line, or from the environment by who is asked first."""

    plan: ServePlan | None = None
    scenario: "Scenario | None" = None


def with_folder(plan: ServePlan, scenario: "Scenario") -> ServePlan:
    """The same with the folder of its state: one that is told, or the server's own; a run's may be a passing one."""
    from actors.stage import wants_spool
    from actors.state_folder import default_folder
    from actors.transports import embedded

    told, where = plan.options.state, plan.settings.get("DATA_SIMULATOR_STATE_DIR")
    if told is not None:
        return replace(plan, folder=Path(told))
    if not plan.ends_with_run:
        return replace(plan, folder=server_folder(where))
    if where is not None or (wants_spool(scenario) and not any(embedded(scenario, plan.settings))):
        return replace(plan, folder=default_folder(scenario.name, scenario.seed, where))
    return replace(plan, folder=Path(mkdtemp(prefix="data-simulator-")), passing=True)


def server_folder(parent: str | None) -> Path:
    """Where a server keeps its state when it is not told."""
    from actors.state_folder import own_folder

    return (Path(parent) if parent else own_folder()) / "server"


def choose(plan: ServePlan, scenario: "Scenario") -> None:
    """From now on this is what is served, here and in every process that is forked from here."""
    _Chosen.plan, _Chosen.scenario = plan, scenario


def chosen() -> ServePlan:
    """What is to be served. Raises `InvalidInput` when the environment has it wrong."""
    if _Chosen.plan is None:
        settings = load_settings()
        plan = ServePlan(settings, settings.server(), environment_options())
        parent = settings.get("DATA_SIMULATOR_STATE_DIR")
        _Chosen.plan = replace(plan, folder=server_folder(parent))
    return _Chosen.plan


def chosen_or_exit() -> ServePlan:
    """The same, for Gunicorn, which shows a stack for any other error."""
    try:
        return chosen()
    except InvalidInput as error:
        sys.stderr.write(f"data-simulator: {error}\n")
        sys.exit(ExitCode.BAD_INPUT)


def chosen_scenario() -> "Scenario":
    """The scenario that is to be served. Raises `InvalidInput`."""
    if _Chosen.scenario is None:
        from api.loading import load

        _Chosen.scenario = load(chosen().server.scenario).scenario
    return _Chosen.scenario


def environment_options() -> RunOptions:
    """The options that have variables, as the environment gives them. Raises `InvalidInput`."""
    given: dict[str, Any] = {
        name.removeprefix("DATA_SIMULATOR_").lower(): value for name, value in command_line().items()
    }
    allowed: dict[str, tuple[str, ...]] = {
        "kernels": get_args(Kernels),
        "log": get_args(logs.Style),
        "log_level": get_args(logs.Level),
    }
    problems = [
        Problem(f"DATA_SIMULATOR_{name.upper()}", repr(value), ", ".join(allowed[name]))
        for name, value in given.items()
        if value not in allowed[name]
    ]
    if problems:
        raise InvalidInput("settings", problems)
    return replace(RunOptions(), **given)


def load_settings() -> Settings:
    """The settings of this process and of an `.env` file in its folder."""
    env_file = Path(".env")
    return Settings.load(env_file=env_file if env_file.is_file() else None)


def listening_at(plan: ServePlan, port: int) -> ServePlan:
    """The same, at a port that has been found."""
    return replace(plan, server=replace(plan.server, port=port))
