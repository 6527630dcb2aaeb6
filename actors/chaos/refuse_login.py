"""Refuse login: the MQTT broker lets nobody in any more, and says why; sessions that are there end."""

from typing import Any, Final, Literal

from actors.chaos._toxic import ToxicAction, ToxicParameters
from actors.chaos.base import Backstage, NotPossibleError

REASONS: Final = {"bad-password": 0x86, "not-authorized": 0x87, "unavailable": 0x88, "quota": 0x97}
"""Reason codes of MQTT 5, table 2-6."""


class RefuseLoginParameters(ToxicParameters):
    """What it says."""

    reason: Literal["bad-password", "not-authorized", "unavailable", "quota"] = "not-authorized"


class _RefuseLogin(ToxicAction):
    """Nobody tries in a hot loop, and nothing counts as delivered. Kafka's refusals are those of `kafka-errors`."""

    def begin(self, stage: Backstage, target: str, parameters: RefuseLoginParameters) -> Any:
        """Turn clients away."""
        if target not in ("", "mqtt") and target in stage.proxies:
            raise NotPossibleError(f"proxy: found '{target}'; allowed: mqtt. For Kafka: kafka-errors")
        return super().begin(stage, target, parameters)


ACTION: Final = _RefuseLogin("refuse-login", RefuseLoginParameters, lambda p: {"reason": REASONS[p.reason]})
