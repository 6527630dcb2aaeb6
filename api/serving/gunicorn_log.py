"""What Gunicorn says goes through the same door as every other log line."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from actors import logs
from api.serving.plan import chosen


class GunicornLog(Logger):
    """Hands everything on; opens no file and no stream of its own."""

    def setup(self, cfg: Any) -> None:
        """Configure the door, once more for each process that has one."""
        super().setup(cfg)
        plan = chosen()
        logs.configure(plan.options.log, level=plan.options.log_level, secrets=plan.settings.secrets())
        for log in (self.error_log, self.access_log):
            for handler in list(log.handlers):
                log.removeHandler(handler)
            log.propagate = True
        self.error_log.setLevel(logging.WARNING)
