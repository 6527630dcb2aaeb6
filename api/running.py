"""One bounded run as the command line sees it: it ends by itself, or by a signal."""

from typing import TYPE_CHECKING

from api.exit_codes import ExitCode
from api.interrupts import Interrupts
from api.production import Production
from api.serving.plan import RunOptions, load_settings

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def run(scenario: "Scenario", options: RunOptions, interrupts: Interrupts) -> ExitCode:
    """Run a scenario to its end, or until a signal stops it; what is wrong is found before anything starts."""
    with Production(scenario, load_settings(), options) as production:
        interrupts.guard(production.simulation.request_stop)
        return production.run()
