"""`python -m bench [MODULE...] [--rounds N] [--only TEXT] [--json FILE]`."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import harness


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks, print medians and ratios; 0 when every target was reached, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Figures beside their peers', in one run.")
    parser.add_argument("module", nargs="*", default=list(harness.MODULES), help="which modules (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--only", default="", help="only workloads whose name contains one of these, comma-separated")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        harness.child(options.child)
        return 0
    found = list(harness.modules(options.module))
    wanted = options.only.split(",")
    chosen = [
        (module.__name__.rpartition(".")[2], workload)
        for module in found
        for workload in module.WORKLOADS
        if any(text in workload.name for text in wanted)
    ]
    result = harness.measure(chosen, options.rounds, lambda line: print(line, file=sys.stderr))
    report = harness.report(found, result)
    print_report(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    figures = [*report["workloads"].values(), *report["ratios"].values()]
    return 0 if all(figure.get("reached", True) for figure in figures) else 1


def print_report(report: Mapping[str, Any]) -> None:
    """The figures as text."""
    machine = report["machine"]
    calibration = machine["calibration_ns"]
    print(
        f"Python {machine['python']}, {machine['cores']} cores, empty loop {calibration['median']:.0f} ns "
        f"({calibration['min']:.0f}-{calibration['max']:.0f}); medians, [least-greatest]\n"
    )
    for name, figure in report["workloads"].items():
        print(f"{name:<46} {_line(figure)} {figure['unit']}{' (pinned)' if figure.get('pinned') else ''}")
    print()
    for name, figure in report["ratios"].items():
        print(f"{name:<70} {_line(figure)} x")


def _line(figure: Mapping[str, Any]) -> str:
    if "median" not in figure:
        return f"failed: {figure.get('error', '')}"
    text = f"{harness.show(figure['median']):>12} [{harness.show(figure['min'])}-{harness.show(figure['max'])}]"
    if "reached" in figure and figure["target"] is not None:
        text += "  reached" if figure["reached"] else f"  MISSED (target {figure['target']})"
    return text


if __name__ == "__main__":
    raise SystemExit(main())
