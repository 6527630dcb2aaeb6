"""A process that writes through a spool until it is killed, or a number of records is reached.

It notes on stdout, line by line and right away, what the spool says it has accepted and what it has delivered.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[3]), str(Path(__file__).parent)]

from actors.sinks.base import Drawn, FileStore, Spool, SpoolLimits  # noqa: E402
from actors.sinks.base.records import what_of  # noqa: E402
from tests.actors.sinks.spool_cases import MAKERS, fault, frame, truth  # noqa: E402


def main(path: str, most: int, sabotage: bool) -> None:
    """Say each record once, three devices in turn; deliver some of them."""
    spool = Spool(FileStore(Path(path)), SpoolLimits(group_s=0.002, group=50, capacity=100), lambda: True)
    if sabotage:
        _accept_before_commit(spool)
    spool.prepare()
    spool.skip_known()
    mine = spool.attach(1, lambda: None)
    told: dict[tuple[int, str], int] = {}
    for number in range(most):
        for device in ("pi-1", "pi-2", "pi-3"):
            spool.put(frame(device, number))
            spool.put_truth(truth(device, number))
            spool.put_fault(fault(device, number))
        _tell(spool, told)
        if number % 3 == 0:
            drawn = spool.draw(mine, 8)
            sys.stdout.write("".join(f"delivered {_name(one)}\n" for one in drawn))
            sys.stdout.flush()
            spool.confirm(mine, [one.row for one in drawn])
        while spool.depth > 3000:
            drawn = spool.draw(mine, 500)
            sys.stdout.write("".join(f"delivered {_name(one)}\n" for one in drawn))
            sys.stdout.flush()
            spool.confirm(mine, [one.row for one in drawn])
    spool.end("abandoned")
    spool.close(60)
    sys.stdout.write("done\n")


def _name(one: Drawn) -> str:
    return f"{type(one.record).__name__} {one.record.device} {one.record.sequence}"


def _tell(spool: Spool, told: dict[tuple[int, str], int]) -> None:
    for what, books in enumerate(spool._books):
        for device in books.devices():
            accepted = books.of(device).accepted
            if told.get((what, device)) != accepted:
                told[what, device] = accepted
                sys.stdout.write(f"accepted {list(MAKERS)[what]} {device} {accepted}\n")
    sys.stdout.flush()


def _accept_before_commit(spool: Spool) -> None:
    """What must never be: a record counts as accepted as soon as it comes in."""
    put = spool.put

    def hasty(record: Any) -> None:
        books = spool._books[what_of(record)]
        books.accept(record[0])
        put(record)

    for name in ("put", "put_truth", "put_fault"):
        setattr(spool, name, hasty)
    committer: Any = spool._committer
    committer._committed = _not_again(committer._committed, spool)


def _not_again(committed: Callable[[Any], None], spool: Spool) -> Callable[[Any], None]:
    def once(group: Any) -> None:
        committed(group)
        for _, record, _ in group.drawn:
            books = spool._books[what_of(record)]
            books.account(record[0]).accepted -= 1

    return once


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["sabotage"])
