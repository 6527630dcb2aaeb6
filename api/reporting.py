"""Writing a report: what the path holds, read, drawn, and put in its place."""

from collections.abc import Sequence
from pathlib import Path

from api.report import of_dataset, of_run
from api.report.page import page
from api.summary import TextFile
from schemas.problems import InvalidInput, Problem


def write(path: str, out: str, devices: Sequence[str]) -> None:
    """Write the page on what is at `path`; `InvalidInput` when there is nothing to report on."""
    place = Path(path)
    if not place.exists():
        raise InvalidInput(path, [Problem("(path)", "nothing", "a folder or a file that exists")])
    file = TextFile(out)
    report = of_dataset.report_of(place, devices) if of_dataset.is_dataset(place) else of_run.report_of(place, devices)
    file.write_text(page(report))
