"""What was expected of the system under test, and how it did."""

from statistics import median

from actors.judging import Check
from actors.scoring.tally import NS_PER_S, Score
from schemas.scenario.expectations import MonitorSpec


def monitor_checks(found: Score, spec: MonitorSpec) -> list[Check]:
    """A check for each number that was asked for."""
    checks = []
    if spec.recall is not None:
        checks.append(_recall(found, spec.recall, spec))
    if spec.precision is not None:
        detail = f"{found.justified} of {found.alerts} alerts about something, at least {spec.precision:.0%}"
        checks.append(Check("monitor", "precision", found.precision >= spec.precision, detail))
    if spec.false_alarms_per_device_day is not None:
        rate = found.false_alarms_per_device_day
        detail = f"{rate:.3g}, at most {spec.false_alarms_per_device_day:g}"
        ok = rate <= spec.false_alarms_per_device_day
        checks.append(Check("monitor", "false alarms per device and day", ok, detail))
    if spec.rul_error is not None:
        middle = median(found.rul_errors) if found.rul_errors else None
        detail = "no alert said how long"
        if middle is not None:
            detail = f"{middle:.2g} in the middle of {len(found.rul_errors)} alerts, at most {spec.rul_error:g}"
        ok = middle is not None and middle <= spec.rul_error
        checks.append(Check("monitor", "error of remaining useful life", ok, detail))
    return checks


def _recall(found: Score, least: float, spec: MonitorSpec) -> Check:
    late = "" if spec.detect_within_ns is None else f" within {spec.detect_within_ns / NS_PER_S:g} s"
    detail = f"{len(found.found)} of {found.wanted} noticed{late}, at least {least:.0%}"
    if found.idle:
        detail += f"; nothing came of {', '.join(found.idle)}"
    return Check("monitor", "recall", found.recall >= least and not found.idle, detail)
