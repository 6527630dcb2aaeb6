"""Making a data set: what is done already is kept, what is missing is made, the card comes last."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from actors.dataset import folder as at
from actors.dataset.alone import Report, Stopped, Workshop, make_apart, make_here
from actors.dataset.by_actors import make_by_actors
from actors.dataset.finish import finish
from actors.dataset.folder import Folder, write_json
from actors.dataset.plan import DatasetPlan
from actors.dataset.ways import needs_actors
from actors.kernel_choice import KernelMode, load_kernels
from engine.clock import MAX
from schemas.problems import CannotStart, InvalidInput, Problem

__all__ = ["Making", "Result", "Stopped", "make_dataset"]

_PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Making:
    """How a data set is to be made; nothing of it changes what comes out."""

    root: Path
    processes: int = 1
    kernels: KernelMode = "auto"
    by_actors: bool = False
    report: Report = lambda simulated_ns, readings: None
    stopping: Callable[[], bool] = lambda: False
    say: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Result:
    """A data set that is whole."""

    card: Mapping[str, Any]
    made: int
    """Devices made now; the others were there already."""


def make_dataset(plan: DatasetPlan, how: Making) -> Result:
    """Make what is missing. Raises `Stopped` when asked to stop, and `InvalidInput` when something else is there."""
    folder = Folder(how.root)
    card = _whole(folder, plan)
    if card is not None:
        return Result(card, 0)
    lock = _claim(folder, plan)
    try:
        return _go_on(folder, plan, how)
    finally:
        os.close(lock)


def _go_on(folder: Folder, plan: DatasetPlan, how: Making) -> Result:
    missing = [unit.id for unit in plan.units if not folder.note(unit.id).exists()]
    if len(missing) < len(plan.units):
        how.say(f"going on: {len(plan.units) - len(missing)} of {len(plan.units)} devices are there")
    reason = "asked for" if how.by_actors else needs_actors(plan.scenario)
    if reason and missing:
        how.say(f"lived by actors, in one process: {reason}")
        missing = make_by_actors(plan, how.root, how.kernels, how.report, how.stopping)
    elif missing:
        for _ in _alone(plan, how, missing):
            pass
    card = finish(folder, plan)
    shutil.rmtree(folder.work)
    return Result(card, len(missing))


def _alone(plan: DatasetPlan, how: Making, missing: list[str]) -> Iterator[str]:
    # the kernels are compiled once, before several processes would do it at the same time
    load_kernels(how.kernels, len(plan.units), MAX)
    processes = min(how.processes, len(missing))
    if processes > 1:
        return make_apart(plan, how.root, missing, processes, how.kernels, how.report, how.stopping)
    return make_here(Workshop(plan, how.root, how.report, how.stopping), missing, how.stopping)


def _whole(folder: Folder, plan: DatasetPlan) -> Mapping[str, Any] | None:
    """The card of a data set that is there already; `InvalidInput` when it is another one."""
    path = folder.root / at.CARD
    if not path.exists():
        return None
    try:
        card: Mapping[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise _taken(folder, f"a card that is no JSON ({error})") from error
    if not isinstance(card, dict) or card.get("fingerprint") != plan.fingerprint:
        raise _taken(folder, "another data set")
    if folder.work.exists():
        shutil.rmtree(folder.work)
    return card


def _claim(folder: Folder, plan: DatasetPlan) -> int:
    """Take the folder for this data set, or go on where an earlier process of the same one ended; answers the lock."""
    claim = folder.work / _PLAN
    if claim.exists():
        if json.loads(claim.read_bytes()).get("fingerprint") != plan.fingerprint:
            raise _taken(folder, "another data set under way")
    elif folder.root.exists() and any(folder.root.iterdir()):
        raise _taken(folder, "a folder with something else in it")
    else:
        folder.work.mkdir(parents=True)
        write_json(claim, {"fingerprint": plan.fingerprint})
    lock = os.open(claim, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise CannotStart(f"another process is making the data set in {folder.root}") from error
    for left in (*folder.root.rglob(".part-0.parquet.*"), *folder.work.glob("*.t[er]*")):
        left.unlink()
    return lock


def _taken(folder: Folder, found: str) -> InvalidInput:
    allowed = "a folder that is empty, does not exist, or holds this very data set"
    hint = "Scenario, seed, shares and version decide which one it is."
    return InvalidInput(str(folder.root), [Problem("--out", found, allowed, hint)])
