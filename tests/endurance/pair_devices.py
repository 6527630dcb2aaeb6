"""Faults of sensors, links, devices and actors, with what shows them outside."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.endurance.pair_faults import Cast, Fault, Seen, lasting, once
from tests.endurance.pair_recorder import INTERVAL_S
from tests.endurance.pair_stage import USUAL_QUEUED, Before, Stage


def lies(fault: str, is_so: Callable[[float], bool], **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            said = stage.said("temperature", cast.devices, before)
            return bool(said) and all(value is not None and is_so(value) for value in said)

        on = {"ids": cast.devices}
        more = {"sensor": "temperature", "fault": fault, "parameters": parameters}
        return lasting(fault, seen, do="inject-fault", on=on, **more)

    return make


def dropout(cast: Cast) -> Fault:
    more = {"sensor": "temperature", "fault": "dropout", "parameters": {"share": 1.0, "leaves": "nothing"}}
    return lasting("dropout", mute(cast), do="inject-fault", on={"ids": cast.devices}, **more)


def mute(cast: Cast) -> Seen:
    def seen(stage: Stage, before: Before) -> bool:
        said = stage.said("temperature", cast.devices, before)
        return bool(said) and all(value is None for value in said)

    return seen


def flapping(cast: Cast) -> Fault:
    looks: dict[str, set[bool]] = {device: set() for device in cast.devices}

    def seen(stage: Stage, before: Before) -> bool:
        for device, value in zip(cast.devices, stage.said("temperature", cast.devices, before), strict=False):
            looks[device].add(value is None)
        return all(len(some) == 2 for some in looks.values())

    parameters = {"share": 0.5, "mean_length": 2.0, "leaves": "blank"}
    more = {"sensor": "temperature", "fault": "dropout", "parameters": parameters}
    return lasting("flapping", seen, do="inject-fault", on={"ids": cast.devices}, **more)


def link(fault: str, is_so: Callable[[Stage, Before, str], bool], **parameters: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(is_so(stage, before, device) for device in cast.devices)

        step = {"do": "inject-fault", "sensor": "link", "fault": fault, "parameters": parameters}
        made = lasting(f"link {fault}", seen, on={"ids": cast.devices}, **step)
        made.late = True
        return made

    return make


def grew(counts: dict[str, int], before: dict[str, int], device: str) -> bool:
    return counts[device] > before.get(device, 0)


def late(stage: Stage, before: Before, device: str) -> bool:
    return stage.recorder.late_s(device, before.moment) > 2.0


def skew(least_s: float) -> Callable[[Stage, Before, str], bool]:
    return lambda stage, before, device: stage.recorder.skewed_s(device, before.moment) > least_s


def crash(what: str, **more: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(_came_back(stage, before, device) for device in cast.devices)

        return once(what, seen, do="crash", on={"ids": cast.devices}, **more)

    return make


def _came_back(stage: Stage, before: Before, device: str) -> bool:
    kinds = ("ActorFailed", "ActorRestarted")
    found = [[entry["fields"]["address"] for entry in stage.journal(kind, before.journal)] for kind in kinds]
    return all(any(device in address for address in addresses) for addresses in found)


def silent(what: str, **more: Any) -> Callable[[Cast], Fault]:
    def make(cast: Cast) -> Fault:
        def seen(stage: Stage, before: Before) -> bool:
            return all(stage.silent_s(device) > 2.0 for device in cast.devices)

        return lasting(what, seen, do="hang", on={"ids": cast.devices}, **more)

    return make


def crash_loop(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        failed = Counter(entry["fields"]["address"] for entry in stage.journal("ActorFailed", before.journal))
        return all(sum(n for address, n in failed.items() if device in address) >= 2 for device in cast.devices)

    return once("crash loop", seen, every="2s", until="7s", do="crash", on={"ids": cast.devices})


def weak(cast: Cast, cause: bool = False) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        said = stage.said("voltage", cast.devices, before)
        return bool(said) and all(value is not None and value < 4.8 for value in said)

    on = {"ids": cast.devices}
    if cause:
        sag = {"sensor": "body", "fault": "power-sag", "parameters": {"share": 0.08}}
        return lasting("power sag", seen, do="inject-fault", on=on, **sag)
    return lasting("low power", seen, do="set-parameter", on=on, parameter="supply_v", value=4.7)


def slow_firmware(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        past_s, found = time.monotonic() - before.moment, stage.devices()
        said = [found[device]["sequence"] - before.sequences[device] for device in cast.devices if device in found]
        return (
            past_s > 4 and len(said) == len(cast.devices) and all(2 * number < past_s / INTERVAL_S for number in said)
        )

    return lasting("firmware", seen, do="set-interval", on={"ids": cast.devices}, interval="2s")


def hung_sensor(cast: Cast) -> Fault:
    return lasting("hung sensor", mute(cast), do="hang", on={"ids": cast.devices}, sensor="temperature")


def flood(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        return stage.metric("data_simulator_run_queue") > 1_000

    action = {"do": "chaos", "action": "flood", "parameters": {"messages": 60_000}}
    return once("flood", seen, every="1s", until="10s", on={"ids": cast.devices[:1]}, **action)


def slow_consumer(cast: Cast) -> Fault:
    action = {"do": "chaos", "action": "disk", "parameters": {"error": "slow", "delay_ms": 4000.0}}

    def seen(stage: Stage, before: Before) -> bool:
        sink = stage.sinks().get(cast.side)
        return sink is not None and sink["depth"] > USUAL_QUEUED[cast.side]

    return lasting(f"slow consumer {cast.side}", seen, sink=cast.side, **action)


def hung_sink(cast: Cast) -> Fault:
    def seen(stage: Stage, before: Before) -> bool:
        hung = [entry["fields"]["address"] for entry in stage.journal("ActorHung", before.journal)]
        sink, earlier = stage.sinks().get(cast.side), before.sinks[cast.side]
        return any(cast.side in address for address in hung) and (
            sink is None or sink["depth"] > earlier["depth"] + USUAL_QUEUED[cast.side]
        )

    return lasting(f"hung sink {cast.side}", seen, do="hang", sink=cast.side)
