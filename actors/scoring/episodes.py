"""Episodes: what was wrong with which device from when to when, gathered from the journal and from looks at health."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from actors.scoring.marks import EVERYBODY, About, Mark, Marks, Setting
from schemas import events
from schemas.addresses import device_of
from schemas.commands import BODY
from schemas.scenario import steps
from schemas.scenario.expectations import Layer, MonitorSpec
from schemas.scenario.moments import Notice

MUST: Final[frozenset[Layer]] = frozenset({"sensor", "link", "wear"})
"""What a monitor has to notice unless somebody says otherwise; all else it may."""
_FAILING: Final = "failing"
_WORN: Final = "worn"
_NEARLY_NEW: Final = 0.9
"""Below this health wear might be seen by who knows what to look for."""
_SILENT: Final = frozenset({"paused", "stopped", "failed", "booting"})
_LASTING: Final = frozenset({"go-offline", "half-open"})
"""Of what is done to connections; the rest is over at once, as they come back by themselves."""
_SYMPTOMS: Final = frozenset({"throttled", "degraded"})


class Episode(NamedTuple):
    """Something that was wrong with a device for a while."""

    device: str
    """Empty for what befell everybody."""
    sensor: str | None
    """The sensor that lied; `None` when it was the device, its body or its surroundings."""
    what: str
    onset_ns: int
    end_ns: int | None
    notice: Notice
    """Whether a monitor has to notice it, may, or must not: then alerts about it are false ones."""
    layer: Layer = "sensor"
    step: str | None = None
    """The step that brought it; `None` for what came by itself."""
    id: str = ""
    seen_in: tuple[str, ...] = ()
    """The sensors that an alert must be about to have noticed it, `device` for none; empty for any."""
    early_ns: int | None = None
    """From when on alerts are about it, where that is before its onset."""


class _Open(NamedTuple):
    episode: Episode
    before: Any


class Episodes:
    """Gathers episodes; follows the journal as any follower does, and is told what steps are about to bring."""

    def __init__(self, spec: MonitorSpec, setting: Setting = lambda device, name: None) -> None:
        self._spec = spec
        self._marks = Marks(setting)
        self._open: dict[str, list[_Open]] = {}
        self._closed: list[Episode] = []
        self.failed: dict[str, int] = {}
        """When a device first broke."""

    def began(self, key: str, step: steps.Step, victims: Sequence[str]) -> None:
        """A step is about to be carried out."""
        self._marks.began(key, step, victims)

    def tell(self, entry: Any) -> None:
        """One entry of the journal."""
        event = entry.event
        match event:
            case events.FaultInjected() | events.FaultCleared() | events.WearInjected() | events.PartRepaired():
                self._hurt(event)
            case events.ParameterSet() | events.IntervalSet() | events.ConnectionActed():
                self._changed(event)
            case events.StateChanged():
                self._moved(event)
            case events.ActorFailed(address=address, time_ns=now):
                self._died(address, "actor", now)
            case events.ActorHung(address=address, time_ns=now):
                self._died(address, "hung", now)
            case events.ActorRestarted(address=address) | events.ActorReleased(address=address):
                self._end(device_of(address), event.time_ns, lambda each: each.id == address)
            case events.ChaosBegun(action=action, target=target, time_ns=now):
                if not device_of(target):  # what is done to devices shows in their own events
                    about: About = ("action", action, target)
                    self._begin(EVERYBODY, None, "outside", f"{action} {target}".strip(), now, about, id=str(about))
            case events.ChaosEnded(action=action, target=target, time_ns=now):
                self._end(EVERYBODY, now, lambda each: each.id == str(("action", action, target)))
            case _:
                pass

    def health(self, device: str, health: float, now_ns: int) -> None:
        """How a device is, looked at now and then: wear that nobody injected shows here.

        An alert about a worn device is justified, and an early one about it is one about its failing.
        """
        mine = {each.episode.what: each.episode for each in self._open.get(device, ()) if each.episode.layer == "wear"}
        if health >= self._spec.degraded_below:
            self._end(device, now_ns, lambda each: each.what == _FAILING)
        elif set(mine) <= {_WORN}:
            early_ns = mine[_WORN].onset_ns if _WORN in mine else None
            self._begin(device, None, "wear", _FAILING, now_ns, (_FAILING,), early_ns=early_ns)
        if health >= _NEARLY_NEW:
            self._end(device, now_ns, lambda each: each.what == _WORN)
        elif not mine and health >= self._spec.degraded_below:
            self._open.setdefault(device, []).append(_Open(_worn(device, now_ns), None))

    def idle(self) -> list[str]:
        """Steps that have to be noticed and brought nothing about, by their names."""
        return self._marks.wanted()

    def all(self) -> list[Episode]:
        """Every episode, by its onset."""
        every = [*self._closed, *(each.episode for mine in self._open.values() for each in mine)]
        return sorted(every, key=lambda each: (each.onset_ns, each.device, each.what))

    # --- what is wrong with sensors and parts ---

    def _hurt(self, event: Any) -> None:
        now, device = event.time_ns, event.device
        match event:
            case events.FaultInjected(sensor=sensor, id=id, fault=fault):
                layer: Layer = "cause" if sensor == BODY else "link" if sensor == "link" else "sensor"
                lies = None if sensor == BODY else sensor
                self._begin(device, lies, layer, fault, now, ("fault", sensor, fault), id=id)
            case events.FaultCleared(id=id):
                self._end(device, now, lambda each: each.id == id)
            case events.WearInjected(mode=mode, damage=damage):
                self._worn(device, mode, damage, now)
            case events.PartRepaired(mode=mode):
                self._end(device, now, lambda each: each.layer == "wear" and _mends(each, mode))

    def _worn(self, device: str, mode: str, damage: float, now_ns: int) -> None:
        """What gets worse is the same episode; little wear is one only where a step says so."""
        mark = self._marks.take(device, ("wear", mode))
        # at the instant of a look it may have been seen to be failing before anybody said why
        self._forget(device, lambda each: each.what in (_FAILING, _WORN) and each.onset_ns == now_ns)
        asked = mark is not None and mark.notice is not None
        if self._is_open(device, None, mode, "") or (damage < 1.0 - self._spec.degraded_below and not asked):
            return
        self._open_one(device, None, "wear", mode, now_ns, "", mark, None)

    # --- what was changed about devices ---

    def _changed(self, event: Any) -> None:
        now, device = event.time_ns, event.device
        match event:
            case events.ParameterSet(name=name, value=value):
                self._set(device, name, value, now)
            case events.IntervalSet():
                if not self._begin(device, None, "setting", "interval", now, ("interval",), only_marked=True):
                    self._end(device, now, lambda each: each.what == "interval")
            case events.ConnectionActed(what=what):
                if what == "go-online":
                    self._end(device, now, lambda each: each.layer == "connection")
                    return
                self._begin(device, None, "connection", what, now, ("connection",))
                if what not in _LASTING:
                    self._end(device, now, lambda each: each.what == what)

    def _set(self, device: str, name: str, value: Any, now_ns: int) -> None:
        """A hot room or a weak supply; it is over when the parameter is what it was before."""
        if self._begin(device, None, "setting", name, now_ns, ("parameter", name), id=f"parameter {name}"):
            return
        for each in tuple(self._open[device]):
            if each.episode.id == f"parameter {name}" and each.before is not None and each.before == value:
                self._close(each, now_ns)

    def _moved(self, event: events.StateChanged) -> None:
        device, now = event.device, event.time_ns
        # that a device begins its life is nothing that is wrong with it
        if event.after in _SILENT and event.before != "provisioned":
            quiet = any(each.episode.what in _SILENT for each in self._open.get(device, ()))
            self._begin(device, None, "device", event.after, now, ("state",), only_marked=quiet)
        else:
            self._end(device, now, lambda each: each.what in _SILENT)
        if event.after == "failed":
            self.failed.setdefault(device, now)
        if event.after in _SYMPTOMS:
            self._begin(device, None, "symptom", event.after, now, ("symptom",))
        elif event.after == "running":
            self._end(device, now, lambda each: each.layer == "symptom")

    def _died(self, address: str, how: str, now_ns: int) -> None:
        device = device_of(address)
        about: About = (how,) if device else (how, address)
        sensor = address.split("/")[2:]
        what = f"{how} {sensor[0]}" if device and sensor else how
        # that a sink falls over disturbs nobody whom a monitor looks at, unless a step says that it does
        self._begin(device or EVERYBODY, None, "actor", what, now_ns, about, id=address, only_marked=not device)

    # --- beginning and ending ---

    def _begin(
        self,
        device: str,
        sensor: str | None,
        layer: Layer,
        what: str,
        now_ns: int,
        about: About,
        *,
        id: str = "",
        only_marked: bool = False,
        early_ns: int | None = None,
    ) -> bool:
        """Open an episode, unless the same is open and no step has announced another; whether it was opened."""
        mark = self._marks.take(device, about)
        if mark is None and (only_marked or self._is_open(device, sensor, what, id)):
            return False
        self._open_one(device, sensor, layer, what, now_ns, id, mark, early_ns)
        return True

    def _open_one(
        self,
        device: str,
        sensor: str | None,
        layer: Layer,
        what: str,
        now_ns: int,
        id: str,
        mark: Mark | None,
        early_ns: int | None,
    ) -> None:
        usual: Notice = self._spec.notice.get(layer, "must" if layer in MUST else "may")
        if self._spec.fault_sensors and layer in ("sensor", "link") and sensor not in self._spec.fault_sensors:
            usual = "may"
        notice = usual if mark is None or mark.notice is None else mark.notice
        step, seen_in = (None, ()) if mark is None else (mark.step, mark.seen_in)
        episode = Episode(device, sensor, what, now_ns, None, notice, layer, step, id, seen_in, early_ns)
        self._open.setdefault(device, []).append(_Open(episode, None if mark is None else mark.before))

    def _is_open(self, device: str, sensor: str | None, what: str, id: str) -> bool:
        same = sensor, what, id
        return any((e.sensor, e.what, e.id) == same for e, _ in self._open.get(device, ()))

    def _end(self, device: str, now_ns: int, meant: Callable[[Episode], bool]) -> None:
        for each in tuple(self._open.get(device, ())):
            if meant(each.episode):
                self._close(each, now_ns)

    def _forget(self, device: str, meant: Callable[[Episode], bool]) -> None:
        mine = self._open.get(device, [])
        mine[:] = [each for each in mine if not meant(each.episode)]

    def _close(self, each: _Open, now_ns: int) -> None:
        self._open[each.episode.device].remove(each)
        over = each.episode._replace(end_ns=now_ns)
        if over.notice == "must" and now_ns - over.onset_ns < self._spec.shortest_ns:
            over = over._replace(notice="may")
        self._closed.append(over)


def _mends(episode: Episode, mode: str) -> bool:
    return episode.what in (mode, _FAILING, _WORN)


def _worn(device: str, now_ns: int) -> Episode:
    return Episode(device, None, _WORN, now_ns, None, "may", "wear")
