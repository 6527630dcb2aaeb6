"""A process that runs a scenario on a state folder; the tests kill it."""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from actors.state import RunState  # noqa: E402
from actors.system import Simulation  # noqa: E402
from actors.vocabulary import Words  # noqa: E402
from schemas.scenario import load_scenario  # noqa: E402
from tests.actors.spooling import SpooledKind, use  # noqa: E402


def main(scenario: str, state: str, out: str, checkpoint_s: str) -> None:
    """Run to the end and print what it came to."""
    use(SpooledKind(Path(out)))
    kept = None if state == "none" else RunState(Path(state), checkpoint_s=float(checkpoint_s))
    loaded = load_scenario(Path(scenario).read_text(), "test", vocabulary=Words())
    simulation = Simulation.from_scenario(loaded, kernels="interpreted", state=kept)
    if kept is not None:
        print("resumed" if kept.resumed else "new", simulation.dispatcher.now_ns, flush=True)
    summary = simulation.run()
    print(json.dumps({**summary.as_dict(), "dropped_letters": summary.dead_letters}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
