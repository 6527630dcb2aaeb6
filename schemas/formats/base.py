"""What every wire format is."""

from typing import Protocol

from schemas.readings import Frame, Truth


class NotEncodableError(ValueError):
    """A record that this format has no bytes for; the record is rejected, others flow."""


class Format(Protocol):
    """A wire format: pure, without state, safe to be used by several threads at once."""

    @property
    def name(self) -> str:
        """The word in scenarios; the name of the file."""

    @property
    def extension(self) -> str:
        """How files of this format end, with the dot: `.jsonl`."""

    def encode(self, frame: Frame) -> bytes:
        """The bytes of one frame, without a line end. Raises `ValueError` (as a rule `NotEncodableError`)."""

    def encode_truth(self, truth: Truth) -> bytes:
        """The bytes of one truth, without a line end. Raises `ValueError` (as a rule `NotEncodableError`)."""
