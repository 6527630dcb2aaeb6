"""Unencodable: records for which the format has no bytes; they are rejected, others flow."""

from typing import Final

from actors.chaos._spoil import SpoilAction, SpoilParameters
from actors.spoiling import refuse_to_encode

ACTION: Final = SpoilAction("unencodable", SpoilParameters, lambda _: refuse_to_encode)
