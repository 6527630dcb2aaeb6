"""Simulated CPUs as a hardware monitor shows real ones: for programs that read LibreHardwareMonitor's `/data.json`."""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from api.models.monitor import FleetMonitorQuery, MonitorNode, MonitorQuery
from api.problems import not_found
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.run import Run
from engine.hardware.emulation import Extremes, Machine, tree_of, widened
from engine.hardware.simulated import KIND, maker_of, seen_of
from schemas.readings import Frame
from schemas.scenario import DeviceSpec

_GIVES: Final = {200: Gives("The tree of sensors.", MonitorNode)}


class Looks:
    """The smallest and the largest value of each sensor since somebody first looked, as a monitor keeps them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run: Run | None = None
        self._values: dict[str, dict[str, Extremes]] = {}

    def look(self, run: Run, spec: DeviceSpec, frame: Frame | None) -> Machine:
        """One more look at one device."""
        seen = seen_of(frame, spec.model)
        with self._lock:
            if self._run is not run:
                self._run, self._values = run, {}
            values = self._values[spec.id] = widened(self._values.get(spec.id, {}), seen)
        return Machine(f"{spec.id} ({spec.model})", maker_of(spec.model), values)


@route("GET", "/devices/{device}/data.json", role=Role.READ, gives=_GIVES, query=MonitorQuery)
def get_device_monitor(call: Call) -> Answer:
    """Show one CPU device as a hardware monitor would.

    The tree is that of LibreHardwareMonitor or OpenHardwareMonitor, for programs that read these. It shows what the
    device's sensors say, faults included. Min and Max count from the first time that somebody looked.
    """
    run, query = call.world.run, call.query
    spec = run.specs.get(call.path["device"])
    if spec is None or spec.kind != KIND:
        raise not_found(f"device of kind {KIND}", call.path["device"])
    return _answer(call, [spec], {spec.id: run.device(spec.id).frame}, spec.id, query)


@route("GET", "/data.json", role=Role.READ, gives=_GIVES, query=FleetMonitorQuery)
def get_fleet_monitor(call: Call) -> Answer:
    """Show all CPU devices as the CPUs of one computer.

    For programs that know a monitor by its host and port alone.
    """
    run, query = call.world.run, call.query
    specs = [spec for spec in run.specs.values() if spec.kind == KIND and query.group in (None, spec.group.name)]
    frames = run.fleet().frames
    return _answer(call, specs[: query.limit], frames, run.simulation.scenario.name, query)


def _answer(
    call: Call, specs: Sequence[DeviceSpec], frames: Mapping[str, Frame | None], computer: str, query: MonitorQuery
) -> Answer:
    looks = call.world.once("monitor", Looks)
    machines = [looks.look(call.world.run, spec, frames.get(spec.id)) for spec in specs]
    tree = tree_of(machines, computer, query.version, query.culture)
    return Answer(data=json.dumps(tree).encode(), headers={"Cache-Control": "no-cache"})


ROUTES: Final[tuple[Route, ...]] = (get_device_monitor, get_fleet_monitor)
