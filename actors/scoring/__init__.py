"""Scoring: a monitor's alerts held against what was really wrong, fault by fault."""

from actors.scoring.checks import monitor_checks
from actors.scoring.episodes import Episode, Episodes
from actors.scoring.tally import Row, Score, Told, score, told

__all__ = ["Episode", "Episodes", "Row", "Score", "Told", "monitor_checks", "score", "told"]
