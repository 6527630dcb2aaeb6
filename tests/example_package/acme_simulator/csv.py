"""CSV: device, sequence, nanoseconds, then sensor=value pairs."""

from typing import Final

from schemas.readings import Frame, Truth


class Csv:
    """Comma-separated lines without a header."""

    name: Final = "csv"
    extension: Final = ".csv"

    def encode(self, frame: Frame) -> bytes:
        """One frame."""
        values = [f"{reading.sensor}={'' if reading.value is None else reading.value}" for reading in frame.readings]
        return ",".join([frame.device, str(frame.sequence), str(frame.time_ns), *values]).encode()

    def encode_truth(self, truth: Truth) -> bytes:
        """One truth: state, health, remaining life."""
        rul = "" if truth.rul_s is None else str(truth.rul_s)
        return ",".join(
            [truth.device, str(truth.sequence), str(truth.time_ns), truth.state, str(truth.health), rul]
        ).encode()


FORMAT: Final = Csv()
