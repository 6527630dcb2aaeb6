"""What a scenario would run: its plan and what it would cost, without starting it."""

from typing import TYPE_CHECKING, Any

from actors.vocabulary import Words
from schemas.scenario import estimate

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def as_dict(scenario: "Scenario") -> dict[str, Any]:
    """Plain data, ready for JSON."""
    cost = estimate(scenario, Words())
    return {"scenario": scenario.name, "seed": scenario.seed, **cost._asdict()}
